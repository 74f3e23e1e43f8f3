"""What must be there before the processes start: secrets, an up-to-date database, a trained model, a portfolio."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from service.db.engine import Database
from service.settings import DATA_DIR, ROOT, SECRETS_FILE, Settings

# name → how many random bytes; the AES key is WeChat's 43 characters of base64
MADE_SECRETS = {
    "SERVICE_TOKEN": 24,
    "BOT_TOKEN": 24,
    "ACTIONS_TOKEN": 24,
    "APP_SIGNING_KEY": 32,
    "STATEMENT_KEY": 32,
    "CONSOLE_SIGNING_KEY": 32,
    "CONSOLE_PASSWORD": 9,
    "PAYMENT_GATEWAY_KEY": 32,
    "SMS_KEY": 9,
    "SMS_SECRET": 32,
    "VOICE_KEY": 9,
    "VOICE_SECRET": 32,
    "WECHAT_APP_ID": 8,
    "WECHAT_APP_SECRET": 24,
    "WECHAT_TOKEN": 12,
    "WECHAT_AES_KEY": 32,
}
# The lock file, too: a model holds pickles, which another version of a library need not be able to read.
TRAINED_ON = ("config.yml", "domain.yml", "data", "bot/components", "bot/text", "uv.lock")
FINGERPRINT = ROOT / "models" / "trained-on.sha256"


def ensure_secrets() -> None:
    """Write what is neither in the environment nor in the secrets file; the file is its owner's alone, as is the
    folder where it has to be made: the database beside it knows what borrowers owe and wrote."""
    SECRETS_FILE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = SECRETS_FILE.read_text().splitlines() if SECRETS_FILE.exists() else []
    names = {line.split("=", 1)[0] for line in known}
    for name, size in MADE_SECRETS.items():
        full = f"XIAOQING_{name}"
        if full not in names and full not in os.environ:
            known.append(f"{full}={_made(name, size)}")
    handle = os.open(SECRETS_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(known) + "\n")


def _made(name: str, size: int) -> str:
    if name == "WECHAT_APP_ID":
        return "wx" + secrets.token_hex(size)
    if name == "WECHAT_AES_KEY":
        return base64.b64encode(secrets.token_bytes(size)).decode()[:43]
    return secrets.token_urlsafe(size)


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema; makes the SQLite file where there is none."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    command.upgrade(alembic_config(settings), "head")


def alembic_config(settings: Settings) -> Config:
    """For alembic's own commands, on the database of the settings."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "service" / "migrations"))
    config.set_main_option("sqlalchemy.url", settings.database.replace("%", "%%"))
    return config


def is_migrated(settings: Settings) -> bool:
    """Whether the database has the newest schema. Looks only: no SQLite file is made."""
    if settings.database.startswith("sqlite") and not Path(settings.database.removeprefix("sqlite:///")).exists():
        return False
    newest = ScriptDirectory(str(ROOT / "service" / "migrations")).get_heads()
    database = Database(settings.database)
    try:
        with database.reading() as conn:
            return MigrationContext.configure(conn).get_current_heads() == tuple(newest)
    finally:
        database.close()


def what_is_wrong(error: Exception) -> str | None:
    """What the person at the terminal got wrong, in Chinese; None where the fault is likelier ours."""
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        wrong = "、".join(f"XIAOQING_{'_'.join(map(str, one['loc'])).upper()}{_why(one)}" for one in error.errors())
        return f"配置的值不对：{wrong}。请检查环境变量或 {SECRETS_FILE}。"
    if isinstance(error, OSError):
        return f"无法读写 {error.filename or DATA_DIR}：{error.strerror or error}。数据目录由 XIAOQING_DATA_DIR 指定。"
    if isinstance(error, OperationalError):
        reason = str(error.orig).strip().splitlines()[0]
        return f"数据库无法使用：{reason}。请检查 XIAOQING_DATABASE_URL 和数据目录 {DATA_DIR}。"
    if isinstance(error, (ArgumentError, NoSuchModuleError, ModuleNotFoundError)):
        return f"XIAOQING_DATABASE_URL 无法识别：{error}。例如 postgresql+psycopg://用户@主机/库；留空则使用 SQLite。"
    return None


def _why(wrong: ErrorDetails) -> str:
    """In our own words, where a check of ours has some."""
    return f"（{wrong['ctx']['error']}）" if wrong["type"] == "value_error" else ""


def _trained_files() -> Iterator[Path]:
    for name in TRAINED_ON:
        path = ROOT / name
        yield from (
            sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if (path.is_dir())
            else [path]
        )


def fingerprint() -> str:
    """A hash of every file the model is made from."""
    digest = hashlib.sha256()
    for path in _trained_files():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def model_is_current() -> bool:
    return (
        FINGERPRINT.exists()
        and FINGERPRINT.read_text().strip() == fingerprint()
        and any(FINGERPRINT.parent.glob("*.tar.gz"))
    )


def train() -> int:
    """Train with the bot's own command, its output passed through; returns its exit code."""
    trained = fingerprint()
    code = subprocess.run([sys.executable, "-m", "bot", "train"], cwd=ROOT, check=False).returncode
    if code == 0:
        newest = max(FINGERPRINT.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        for old in FINGERPRINT.parent.glob("*.tar.gz"):
            if old != newest:
                old.unlink()
        FINGERPRINT.write_text(trained + "\n")
    return code

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
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.tables.loan import borrower
from service.settings import ROOT, SECRETS_FILE, Settings

# name → how many random bytes; the AES key is WeChat's 43 characters of base64
MADE_SECRETS = {
    "SERVICE_TOKEN": 24,
    "BOT_TOKEN": 24,
    "ACTIONS_TOKEN": 24,
    "APP_SIGNING_KEY": 32,
    "CONSOLE_SIGNING_KEY": 32,
    "CONSOLE_PASSWORD": 9,
    "PAYMENT_GATEWAY_KEY": 32,
    "WECHAT_APP_ID": 8,
    "WECHAT_APP_SECRET": 24,
    "WECHAT_TOKEN": 12,
    "WECHAT_AES_KEY": 32,
}
TRAINED_ON = ("config.yml", "domain.yml", "data", "bot/components", "bot/text")
FINGERPRINT = ROOT / "models" / "trained-on.sha256"


def ensure_secrets() -> None:
    """Write what is neither in the environment nor in the secrets file; the file is its owner's alone."""
    SECRETS_FILE.parent.mkdir(parents=True, exist_ok=True)
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
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "service" / "migrations"))
    config.set_main_option("sqlalchemy.url", settings.database.replace("%", "%%"))
    command.upgrade(config, "head")


def is_seeded(database: Database) -> bool:
    with database.reading() as conn:
        return bool(conn.execute(select(func.count()).select_from(borrower)).scalar_one())


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

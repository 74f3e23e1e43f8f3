"""The command line where its surroundings are wrong: one clear line in Chinese, a code that is not 0, no traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from service.api.chat_tokens import mint
from service.db.engine import Database
from service.demo.cast import CAST
from service.domain.errors import Refused
from service.usecases.desk.log_in import log_in
from service.usecases.desk.recognise_token import recognise_token
from service.usecases.ports import SystemClock
from tests.ports import free_port
from tests.service.serving import eventually

ROOT = Path(__file__).parents[2]


COMMAND = [sys.executable, "-m", "service.cli"]


def environment(folder: Path, **more: str | None) -> dict[str, str]:
    """`more` replaces what is there; None takes it away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XIAOQING_")}
    given = kept | {"XIAOQING_DATA_DIR": str(folder), "XIAOQING_DEMO": "true", "COLUMNS": "300"} | more
    return {name: value for name, value in given.items() if value is not None}


def run(folder: Path, *arguments: str, stdin: str = "", **more: str | None) -> subprocess.CompletedProcess[str]:
    given = {"cwd": ROOT, "env": environment(folder, **more), "input": stdin, "timeout": 60}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, **given)


def on_the_day() -> dict[str, str]:
    """For `run`: the command's clock is the tests' (Monday 2026-11-23, 10:00 in Shanghai), whenever they are run."""
    ahead = datetime(2026, 11, 23, 2, tzinfo=timezone.utc) - datetime.now(timezone.utc)
    return {"XIAOQING_CLOCK_OFFSET_SECONDS": str(int(ahead.total_seconds()))}


@pytest.mark.parametrize("command", ["tick", "serve", "schedule"])
def test_without_a_migrated_database_a_command_says_how_to_get_one(tmp_path: Path, command: str) -> None:
    told = run(tmp_path, command)
    assert told.returncode == 3
    assert "xiaoqing migrate" in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "xiaoqing.db").exists()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("XIAOQING_SERVICE_PORT", "abc", "XIAOQING_SERVICE_PORT"),
        ("XIAOQING_SERVICE_PORT", "99999", "XIAOQING_SERVICE_PORT"),
        ("XIAOQING_DATABASE_URL", "nonsense", "XIAOQING_DATABASE_URL"),
        ("XIAOQING_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none", "数据库无法使用"),
        ("XIAOQING_DATA_DIR", "/proc/none", "/proc/none"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, words: str) -> None:
    told = run(tmp_path, "migrate", **{variable: value})
    assert told.returncode == 1
    assert words in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path, command: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        told = run(tmp_path, command, XIAOQING_SERVICE_PORT=port)
    assert told.returncode == 1
    assert f"端口 {port}" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["up", "serve", "schedule", "tick"])
@pytest.mark.parametrize("more", [{}, {"XIAOQING_PAYMENT_GATEWAY_URL": "https://pay.example"}], ids=["none", "no key"])
def test_without_a_gateway_and_outside_a_demonstration_nothing_is_served(
    tmp_path: Path, command: str, more: dict[str, str]
) -> None:
    """Payments would go to nobody, and be told to have failed."""
    assert run(tmp_path, "migrate").returncode == 0
    told = run(tmp_path, command, XIAOQING_DEMO="false", XIAOQING_PAYMENT_GATEWAY_KEY="", **more)
    assert told.returncode == 3
    assert "XIAOQING_PAYMENT_GATEWAY_URL" in told.stderr
    assert "Traceback" not in told.stderr


def test_up_is_a_demonstration_unless_the_secrets_file_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("XIAOQING_DEMO=false\n")
    told = run(tmp_path, "up", XIAOQING_DEMO=None)
    assert (told.returncode, "XIAOQING_PAYMENT_GATEWAY_URL" in told.stderr) == (3, True)


def test_an_agent_is_added_and_changed_and_then_logs_in(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    for password in ("first-password", "second-password"):
        added = run(tmp_path, "agent", "苏禾", stdin=f"{password}\n")
        assert added.returncode == 0, added.stderr
        assert password not in added.stdout + added.stderr
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    with database.reading() as conn:
        assert log_in(conn, name="苏禾", password="second-password").role == "agent"
        with pytest.raises(Refused):
            log_in(conn, name="苏禾", password="first-password")
    assert run(tmp_path, "agent", "苏禾", "--role", "admin", stdin="second-password\n").returncode == 0
    assert run(tmp_path, "agent", "苏禾", "--role", "operator", stdin="third-password\n").returncode == 2
    assert run(tmp_path, "agent", "苏禾", stdin="fourth-password\n").returncode == 0  # a new password alone
    with database.reading() as conn:
        assert log_in(conn, name="苏禾", password="fourth-password").role == "admin"
    database.close()


def test_an_agent_who_left_is_shut_out_until_he_has_a_password_again(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    nobody = run(tmp_path, "agent", "苏禾", "--disable")
    assert (nobody.returncode, "苏禾" in nobody.stderr) == (2, True)
    assert run(tmp_path, "agent", "苏禾", "--role", "admin", stdin="first-password\n").returncode == 0
    token = run(tmp_path, "token", "issue", "苏禾", "--role", "operator").stdout.strip()
    assert run(tmp_path, "agent", "苏禾", "--disable").returncode == 0
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    with database.reading() as conn:
        assert recognise_token(conn, token=token, now=SystemClock().now()) is None
        with pytest.raises(Refused):
            log_in(conn, name="苏禾", password="first-password")
    assert run(tmp_path, "agent", "苏禾", "--role", "admin", stdin="second-password\n").returncode == 0
    with database.reading() as conn:
        assert log_in(conn, name="苏禾", password="second-password").role == "admin"
    database.close()


@pytest.mark.parametrize(
    ("name", "password"), [("苏禾", ""), ("苏禾", "short"), (" ", "long-enough"), ("长" * 65, "long-enough")]
)
def test_an_agent_without_a_name_or_a_password_worth_it_is_refused(tmp_path: Path, name: str, password: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    told = run(tmp_path, "agent", name, stdin=password)
    assert told.returncode == 2
    assert "1 到" in told.stderr or "8 到" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--taken", "1.999"], "--not-taken"),
        (["--taken", "nan"], "--not-taken"),
        (["--taken", "-5"], "--not-taken"),
        ([], "--not-taken"),
        (["--taken", "5", "--not-taken"], "--not-taken"),
        (["--taken", "x", "--not-taken"], "--not-taken"),
        (["--not-taken"], "没有这笔还款"),
        (["--taken", "199.50"], "没有这笔还款"),
    ],
)
def test_a_payment_that_is_none_or_an_amount_that_is_none_resolves_nothing(
    tmp_path: Path, words: list[str], told: str
) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    refused = run(tmp_path, "resolve", "pay-none", *words)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_talking_without_a_service_says_what_to_start(tmp_path: Path) -> None:
    told = run(tmp_path, "chat", XIAOQING_SERVICE_PORT=str(free_port()))
    assert told.returncode == 1
    assert "xiaoqing up" in told.stderr


def test_migrating_and_ticking_twice_is_harmless_and_seeding_twice_is_refused(tmp_path: Path) -> None:
    codes = [run(tmp_path, *words).returncode for words in (["migrate"], ["migrate"], ["tick"], ["tick"])]
    assert codes == [0, 0, 0, 0]
    other = tmp_path / "other"
    assert run(other, "seed", "--borrowers", "12").returncode == 0
    again = run(other, "seed", "--borrowers", "12")
    assert again.returncode == 3
    assert "没有写入" in again.stderr
    assert oct((other / "secrets.env").stat().st_mode & 0o777) == "0o600"
    assert oct(other.stat().st_mode & 0o777) == "0o700", "the database in it is nobody else's to read"


def test_the_service_ends_in_seconds_though_a_page_listens_and_keeps_no_words_in_its_log(tmp_path: Path) -> None:
    """An event stream has no end of its own."""
    key, port, words = "k" * 32, free_port(), "我的秘密是芝麻开门"
    surroundings = environment(tmp_path, XIAOQING_APP_SIGNING_KEY=key, XIAOQING_SERVICE_PORT=str(port))
    assert run(tmp_path, "seed", "--borrowers", "12").returncode == 0
    url = f"http://127.0.0.1:{port}"
    lifetime = timedelta(minutes=5)
    token = mint(subject=CAST[0].id, key=key, now=SystemClock().now(), lifetime=lifetime)
    headers = {"Authorization": f"Bearer {token}"}
    log = tmp_path / "service.log"
    with log.open("wb") as file:
        service = subprocess.Popen([*COMMAND, "serve"], cwd=ROOT, env=surroundings, stdout=file, stderr=file)
    try:
        eventually(lambda: _is_up(url), seconds=30)
        message = {"id": "a-message", "text": words}
        assert httpx.post(f"{url}/chat/messages", json=message, headers=headers).status_code == 202
        with httpx.stream("GET", f"{url}/chat/events", headers=headers) as stream:
            next(stream.iter_lines())
            began = time.monotonic()
            service.send_signal(signal.SIGTERM)
            service.wait(timeout=15)
        assert time.monotonic() - began < 10
    finally:
        service.kill()
        service.wait()
    assert words not in log.read_text(encoding="utf-8")
    assert CAST[0].name not in log.read_text(encoding="utf-8")


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False

"""The command line where its surroundings are wrong: one clear line in Chinese, a code that is not 0, no traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from service.api.chat_tokens import mint
from service.db import loan_journal as journal
from service.db.engine import Database
from service.demo.cast import CAST
from service.domain.days import business_date
from service.domain.errors import Refused
from service.usecases.desk.label_turn import label_turn
from service.usecases.desk.log_in import log_in
from service.usecases.desk.recognise_token import recognise_token
from service.usecases.ports import FrozenClock, SystemClock
from tests.service.desk_cast import NAME, PHONE, agent
from tests.service.learning_cast import fell_back
from tests.service.loan.ledger import BORROWER, book_of, borrow
from tests.service.serving import eventually, free_port

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


def test_an_agents_token_is_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    nobody = run(tmp_path, "token", "issue", "苏禾")
    assert (nobody.returncode, "xiaoqing agent" in nobody.stderr, nobody.stdout) == (2, True, "")
    assert run(tmp_path, "agent", "苏禾", stdin="first-password\n").returncode == 0
    issued = run(tmp_path, "token", "issue", "苏禾", "--role", "operator", "--days", "7")
    token = issued.stdout.strip()
    assert issued.returncode == 0, issued.stderr
    assert token.startswith("xqa_")
    assert token not in issued.stderr
    assert token.encode() not in b"".join(one.read_bytes() for one in tmp_path.glob("xiaoqing.db*"))
    listed = run(tmp_path, "token", "list").stdout
    assert token not in listed
    assert all(word in listed for word in ("苏禾", "operator", "有效"))
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    now = SystemClock().now()
    with database.reading() as conn:
        known = recognise_token(conn, token=token, now=now)
        assert known is not None
        assert (known.agent, known.may_change) == ("苏禾", True)
        assert known.id in listed, "`revoke` asks for all of it"
        assert recognise_token(conn, token=token, now=now + timedelta(days=8)) is None
    assert run(tmp_path, "token", "revoke", "token-none").returncode == 2
    assert run(tmp_path, "token", "revoke").returncode == 2
    assert "已撤销 1 个" in run(tmp_path, "token", "revoke", "--all-of", "苏禾").stdout
    assert run(tmp_path, "token", "revoke", known.id).returncode == 0
    with database.reading() as conn:
        assert recognise_token(conn, token=token, now=now + timedelta(seconds=30)) is None
    database.close()
    assert "已撤销" in run(tmp_path, "token", "list").stdout


def test_a_file_of_payments_is_posted_once_and_says_line_by_line_what_to_do(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    with database.transaction() as conn:
        borrow(conn)
    file = tmp_path / "来款.csv"
    file.write_bytes("流水号,账号,金额,日期\nT1,l-fridge,539.85,2026-08-18\nT2,[/l-none],8,2026-08-18\n".encode("gbk"))
    asked = ("payments", "import", str(file), "--by", "苏禾")
    dry, first, second = run(tmp_path, *asked, "--dry-run"), run(tmp_path, *asked), run(tmp_path, *asked)
    assert [one.returncode for one in (dry, first, second)] == [1, 1, 1]  # T2 waits
    assert "只检查，没有入账" in dry.stdout
    assert "入账 1 笔，共 539.85 元" in first.stdout
    assert "第 3 行 T2：没有账号“[/l-none]”" in first.stdout
    assert "以前已入账 1 笔" in second.stdout
    assert "[/l-none]" in run(tmp_path, "payments", "waiting").stdout, "a bank's words are no style of ours"
    with database.reading() as conn:
        assert book_of(conn).loans[0].instalments[0].paid_on == date(2026, 8, 18)
        assert len(journal.receipts_of(conn, BORROWER, limit=5)) == 1
    database.close()
    file.write_bytes(b"\xff\xfe\x00")
    for complaint in (run(tmp_path, *asked), run(tmp_path, *asked[:-1], " ")):
        assert complaint.returncode == 2
        assert "Traceback" not in complaint.stderr


def test_a_strategy_is_checked_shown_and_compared_and_a_mistake_has_its_line(tmp_path: Path) -> None:
    ours = ROOT / "service/policy/strategy.toml"
    assert "可以使用" in run(tmp_path, "strategy", "check", str(ours)).stdout
    assert "M1_self_curer" not in run(tmp_path, "strategy", "show").stdout
    other = tmp_path / "other.toml"
    text = ours.read_text(encoding="utf-8")
    other.write_text(text.replace('{ day = 12, to = "person" }', '{ day = 13, to = "person" }', 1), encoding="utf-8")
    changed = run(tmp_path, "strategy", "diff", str(ours), str(other)).stdout
    assert all(word in changed for word in ("hardship", "第 12 天 → person", "第 13 天 → person"))
    assert "promise_breaker" not in changed
    assert "都相同" in run(tmp_path, "strategy", "diff", str(ours), str(ours)).stdout
    other.write_text(text.replace("first_payment_default = true", "first_payment = true"), encoding="utf-8")
    refused = run(tmp_path, "strategy", "check", str(other))
    line = text[: text.index("first_payment_default = true")].count("\n") + 1
    assert (refused.returncode, f"line {line}" in refused.stderr.replace("\n", " ")) == (2, True)


def test_labels_are_exported_as_training_data_and_never_over_a_file_made_by_hand(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    out = tmp_path / "new" / "labels.yml"
    nothing = run(tmp_path, "nlu", "export", "--out", str(out))
    assert (nothing.returncode, "没有可写出的例句" in nothing.stdout, out.exists()) == (0, True, False)
    database, clock = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}"), FrozenClock(SystemClock().now())
    with database.transaction() as conn:
        who = agent(conn, now=clock.now())
        meant = {f"{PHONE}这个号{NAME}咋弄那个钱": "repay_how", "本月账单多少？": "query_bill"}
        for text, intent in meant.items():
            said = fell_back(conn, text, clock=clock)
            label_turn(conn, turn_id=said, intent=intent, intents=[intent], agent=who, now=clock.now())
    database.close()
    for _ in range(2):
        written = run(tmp_path, "nlu", "export", "--out", str(out))
        assert (written.returncode, "1 条例句（1 个意图）" in written.stdout, str(out) in written.stdout) == (
            0,
            True,
            True,
        )
        assert "已有或重复 1 条" in written.stdout
    file = out.read_text(encoding="utf-8")
    assert "  - intent: repay_how\n    examples: |\n      - ***这个号某某咋弄那个钱\n" in file
    assert "query_bill" not in file
    shown = run(tmp_path, "nlu", "export", "--since", f"{business_date(clock.now()):%Y-%m-%d}")
    assert (shown.stdout, "标准输出" in shown.stderr) == (file, True)
    assert run(tmp_path, "nlu", "export", "--since", "2999-01-01").stdout == ""
    out.write_text("version: 'by hand'\n", encoding="utf-8")
    refused = run(tmp_path, "nlu", "export", "--out", str(out))
    assert (refused.returncode, "没有改动它" in refused.stderr) == (2, True)
    assert out.read_text(encoding="utf-8") == "version: 'by hand'\n"
    help = run(tmp_path, "nlu", "export", "--help").stdout
    assert all(word in help for word in ("--out", "--since", "data/nlu", "xiaoqing train"))

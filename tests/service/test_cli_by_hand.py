"""What people do at the command line: tokens, files of payments, strategies, labels."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from service.db import loan_journal as journal
from service.db.engine import Database
from service.domain.days import business_date
from service.usecases.desk.label_turn import label_turn
from service.usecases.desk.recognise_token import recognise_token
from service.usecases.ports import FrozenClock, SystemClock
from tests.service.desk_cast import NAME, PHONE, agent
from tests.service.learning_cast import fell_back
from tests.service.loan.ledger import BORROWER, book_of, borrow
from tests.service.test_cli import ROOT, on_the_day, run


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
    asked, on_it = ("payments", "import", str(file), "--by", "苏禾"), on_the_day()  # months later the line is too old
    dry, first, second = (run(tmp_path, *asked, *only, **on_it) for only in (("--dry-run",), (), ()))
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


def test_the_interest_of_a_month_is_listed_and_kept_as_a_file(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    file = tmp_path / "interest.csv"
    assert "没有在还的借款" in run(tmp_path, "accrued", "--csv", str(file), **on_the_day()).stdout
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == 1
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    with database.transaction() as conn:
        borrow(conn, on=date(2026, 11, 4))  # with the tests' day 20 days
    database.close()
    told = run(tmp_path, "accrued", "--csv", str(file), COLUMNS="200", **on_the_day())
    assert (told.returncode, "2026-11-23" in told.stdout, "48.00" in told.stdout) == (0, True, True), told
    head, row = file.read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("产品,名称,在还笔数")
    assert row == "appliance,家电分期,1,6000.00,48.00,0.00"
    nowhere = run(tmp_path, "accrued", "--csv", str(tmp_path / "none" / "x.csv"), **on_the_day())
    assert (nowhere.returncode, "写不了" in nowhere.stderr, "Traceback" in nowhere.stderr) == (2, True, False)

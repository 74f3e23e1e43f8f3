"""Money that came by a file, was moved or was taken back is told in the app: once, within hours, without blame."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.payment import payment_news
from service.domain.collect.wording import lint
from service.domain.loan.file_policy import parse_file_policy
from service.usecases.chat.tell_payments import may_write, tell_payments
from service.usecases.collect.correct_payment import move, take_back
from service.usecases.collect.import_bank_file import import_bank_file
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.domain.collect.policy_of import policy
from tests.service.loan.ledger import BORROWER, borrow

FILES = parse_file_policy(read_policy("bank_files"))

FILE = f"流水号,账号,金额,日期\nT1,{BORROWER},100,2026-11-20\n"
PAYMENT = "bank:T1"
OTHER = "b-2"


@pytest.fixture(autouse=True)
def ledger(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        borrow(conn, borrower_id=OTHER, loan_id="l-2")


def post(database: Database, clock: FrozenClock, text: str = FILE) -> None:
    import_bank_file(database, text, by="苏禾", clock=clock, policy=FILES)


def reverse(database: Database, clock: FrozenClock, *, reason: str = "bounced: 退票 118") -> None:
    with database.transaction() as conn:
        take_back(conn, payment_id=PAYMENT, by="苏禾", reason=reason, now=clock.now())


def tell(database: Database, clock: FrozenClock) -> int:
    return tell_payments(database, clock=clock, policy=policy())


def said(database: Database, borrower_id: str = BORROWER) -> list[Any]:
    mine = select(turn).join(conversation, conversation.c.id == turn.c.conversation_id)
    with database.reading() as conn:
        return list(conn.execute(mine.where(conversation.c.borrower_id == borrower_id).order_by(turn.c.id)))


def at(hour: int, minute: int = 0) -> datetime:
    """Of Shanghai's 23 November."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=timezone(timedelta(hours=8)))


def test_money_of_a_file_is_told_once_with_its_receipt_however_often_the_file_comes(
    database: Database, clock: FrozenClock
) -> None:
    post(database, clock)
    assert tell(database, clock) == 1
    post(database, clock)
    assert tell(database, clock) == 0
    (only,) = said(database)
    assert "已收到您的还款 100 元" in only.text
    assert (only.channel, only.sender, only.state) == ("inapp", "system", "delivered")
    assert (only.card["kind"], only.card["amount_fen"]) == ("receipt", 10_000)


def test_a_dry_run_tells_nobody(database: Database, clock: FrozenClock) -> None:
    import_bank_file(database, FILE, by="苏禾", clock=clock, policy=FILES, dry_run=True)
    assert tell(database, clock) == 0
    assert said(database) == []


@pytest.mark.parametrize(
    ("now", "allowed"),
    [(at(0), False), (at(7, 59), False), (at(8), True), (at(21, 59), True), (at(22), False), (at(23, 59), False)],
)
def test_it_waits_for_the_hours_in_which_one_may_be_written_to(
    database: Database, clock: FrozenClock, now: datetime, allowed: bool
) -> None:
    clock.instant = now
    assert may_write(now, policy=policy()) is allowed
    post(database, clock)
    assert tell(database, clock) == allowed
    clock.instant = at(12) + timedelta(days=1)
    assert tell(database, clock) == (not allowed)
    assert len(said(database)) == 1


def test_a_payment_that_is_taken_back_is_told_once_in_plain_words_and_without_blame(
    database: Database, clock: FrozenClock
) -> None:
    post(database, clock)
    tell(database, clock)
    reverse(database, clock)
    reverse(database, clock)
    assert [tell(database, clock), tell(database, clock)] == [1, 0]
    text = said(database)[-1].text
    assert "11月20日的 100 元还款" in text
    assert "银行通知我们，这笔钱没有转成功" in text
    for word in ("退票 118", "bounced", "苏禾", "逾期", "责任", "违约", "您没有"):
        assert word not in text


@pytest.mark.parametrize("cause", ["bounced", "charged_back", "wrong_account", "mistake", "something new"])
def test_every_cause_has_words_of_its_own_that_pass_the_check(
    database: Database, clock: FrozenClock, cause: str
) -> None:
    post(database, clock)
    tell(database, clock)
    reverse(database, clock, reason=f"{cause}: 凭证 118")
    tell(database, clock)
    text = said(database)[-1].text
    assert cause not in text
    assert lint(text, rules=policy().wording) == ()


def test_money_that_came_and_went_before_it_was_told_is_not_told_at_all(database: Database, clock: FrozenClock) -> None:
    clock.instant = at(23)
    post(database, clock)
    reverse(database, clock)
    clock.instant = at(9) + timedelta(days=1)
    assert tell(database, clock) == 0
    assert said(database) == []


def test_a_moved_payment_is_told_to_both(database: Database, clock: FrozenClock) -> None:
    post(database, clock)
    tell(database, clock)
    for _ in range(2):
        with database.transaction() as conn:
            move(conn, payment_id=PAYMENT, to=OTHER, by="苏禾", reason="账号写错", now=clock.now())
    assert tell(database, clock) == 2
    assert "记到了不对应的账户上" in said(database)[-1].text
    (only,) = said(database, OTHER)
    assert "已收到您的还款 100 元" in only.text
    assert OTHER not in said(database)[-1].text


def test_what_is_overdue_is_told_as_it_stands_when_it_is_told(database: Database, clock: FrozenClock) -> None:
    clock.instant = at(23)
    post(database, clock)
    paid_up = f"流水号,账号,金额,日期\nT2,{BORROWER},3000,2026-11-23\n"
    post(database, clock, paid_up)
    clock.instant = at(9) + timedelta(days=1)
    assert tell(database, clock) == 2
    assert all("目前没有逾期" in one.text for one in said(database))


def test_a_crash_while_telling_leaves_it_untold(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(database, clock)

    def broken(*_: Any, **__: Any) -> int:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr("service.usecases.chat.tell_payments.say_to_borrower", broken)
        with pytest.raises(RuntimeError):
            tell(database, clock)
    with database.reading() as conn:
        assert list(conn.scalars(select(payment_news.c.told_at))) == [None]
    assert tell(database, clock) == 1
    assert said(database)[0].created_at.date() == date(2026, 11, 23)

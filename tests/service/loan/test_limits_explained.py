"""Whatever is done to a line, its row is its events, and why it changed adds up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from service.db import credit_line as store
from service.db.engine import Database
from service.domain.errors import Refused, XiaoqingError
from service.domain.loan.credit_line import LineStatus, replay
from service.usecases.loan.close_line import close_line
from service.usecases.loan.explain_limit import explain_limit
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.limit import limit
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.take_back_purchase import take_back_purchase
from service.usecases.loan.unfreeze_line import unfreeze_line
from tests.domain.loan.limit_cases import RULES
from tests.service.loan.ledger import BORROWER, FEW, borrow, buy_on, noon, open_shopping, pay_on, undone
from tests.service.loan.limit_desk import LINE, PERSON, START, Desk, assert_row_is_its_events, events, opened, stored

FEN = st.integers(0, 400).map(lambda steps: steps * 10_000)


STEPS = st.one_of(
    st.tuples(st.just("raise"), FEN),
    st.tuples(st.just("lower"), FEN),
    st.tuples(st.just("temporary"), st.integers(1, 70)),
    st.tuples(st.just("freeze"), st.sampled_from(["overdue", "security_check", "documents_expired"])),
    st.tuples(st.just("unfreeze"), st.sampled_from(["overdue", "security_check", "documents_expired"])),
    st.tuples(st.just("days"), st.integers(1, 40)),
    st.tuples(st.just("draw"), st.integers(1, 40)),
    st.tuples(st.just("pay"), st.sampled_from(["bill", "all"])),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("repeat"), st.just(0)),
)


class Life:
    """A line that random things happen to; whatever is refused changes nothing."""

    def __init__(self, conn: Connection) -> None:
        self.conn, self.today, self.desk, self.loans = conn, START, Desk(conn), 0
        self.again: tuple[str, Any] = ("days", 0)
        opened(conn)

    def step(self, what: str, value: Any) -> None:
        before, rows = stored(self.conn).state, len(events(self.conn))
        try:
            self._do(what, value)
        except XiaoqingError:
            after = stored(self.conn).state
            assert after == before or after == replay(store.events_of(self.conn, LINE)[: rows + 1])

    def _do(self, what: str, value: Any) -> None:
        on = self.today
        if what == "days":
            self.today += timedelta(value)
        elif what == "raise":
            self.desk.do(raise_limit, "periodic_review", on=on, limit_fen=value)
        elif what == "lower":
            self.desk.do(lower_limit, "periodic_review", on=on, limit_fen=value)
        elif what == "temporary":
            self.desk.temporary(300_000, on=on, days=value)
        elif what == "freeze":
            self.desk.do(freeze_line, value, on=on)
        elif what == "unfreeze":
            self.desk.do(unfreeze_line, "check_passed", on=on, lifts=value)
        elif what == "close":
            self.desk.do(close_line, "account_closed", on=on)
        elif what == "repeat":
            self.desk.do(raise_limit, "periodic_review", on=on, key="again", limit_fen=3_500_000)
        elif what == "draw":
            self.loans += 1
            borrow(self.conn, loan_id=f"l-{self.loans}", product_code="cash", principal_fen=value * 50_000, on=on)
        else:
            plan = plan_payment(self.conn, borrower_id=BORROWER, kind=value, today=on)
            pay_on(self.conn, on, plan.amount_fen, shares=plan, payment_id=f"p-{on}-{value}-{self.loans}")


@FEW
@given(life=st.lists(STEPS, min_size=1, max_size=12), since=st.integers(1, 200))
def test_after_anything_the_row_is_its_events_and_the_explanation_adds_up(
    sqlite_database: Database, life: list[tuple[str, Any]], since: int
) -> None:
    _live(sqlite_database, life, since)


@settings(FEW, max_examples=8)
@given(life=st.lists(STEPS, min_size=4, max_size=12), since=st.integers(1, 200))
def test_it_is_the_same_on_postgresql(postgres_database: Database, life: list[tuple[str, Any]], since: int) -> None:
    _live(postgres_database, life, since)


def _live(database: Database, life: list[tuple[str, Any]], since: int) -> None:
    with undone(database) as conn:
        lived = Life(conn)
        days = [(START, stored(conn).standing(START))]
        for what, value in life:
            lived.step(what, value)
            assert_row_is_its_events(conn)
            found = limit(conn, borrower_id=BORROWER, today=lived.today)
            assert 0 <= found.available_fen <= found.limit_fen
            days.append((lived.today, stored(conn).standing(lived.today)))
        ends = dict(days)  # the last standing of each day
        _check_explanation(conn, lived.today + timedelta(1), since, ends)


def _check_explanation(conn: Connection, today: date, since: int, ends: dict[date, Any]) -> None:
    told = explain_limit(conn, borrower_id=BORROWER, today=today, rules=RULES, since=today - timedelta(since))
    (one,) = told.lines
    if one.then is None:
        return
    if LineStatus.CLOSED not in (one.then.status, one.now.status):
        assert one.now.limit_fen == one.then.limit_fen + sum(change.limit_fen for change in one.changes)
    assert one.now.used_fen == one.then.used_fen + sum(change.used_fen for change in one.changes)
    if told.since in ends:  # what is worked out backwards is what was there
        was = ends[told.since]
        assert (one.then.limit_fen, one.then.used_fen, one.then.available_fen) == (
            was.limit_fen, was.used_fen, was.available_fen,
        )  # fmt: skip


def test_use_and_release_are_told_from_the_ledger(database: Database) -> None:
    with database.transaction() as conn:
        opened(conn)
        loan = borrow(conn, product_code="cash", principal_fen=600_000, periods=3, on=date(2026, 8, 10))
        first = loan.instalments[0]
        pay_on(conn, first.due_on, first.total_fen)
        told = explain_limit(conn, borrower_id=BORROWER, today=date(2026, 9, 20), rules=RULES, since=date(2026, 8, 9))
    (line,) = told.lines
    assert [(one.kind, one.used_fen) for one in line.changes] == [("drawn", 600_000), ("repaid", -first.principal_fen)]
    assert "8月10日借出 6,000 元（分期·l-fridge），占用了同样多的额度" in told.text
    assert "9月10日归还本金" in told.text


def test_a_day_that_is_not_over_cannot_be_compared_with(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        opened(conn)
        with pytest.raises(Refused) as refused:
            explain_limit(conn, borrower_id=BORROWER, today=START, rules=RULES, since=START)
        assert refused.value.code == "since_not_before"


def test_a_purchase_is_told_once_though_it_was_written_anew_and_its_return_as_one(database: Database) -> None:
    """A purchase is told late, so that a statement comes in between and the entry of another is written anew."""
    with database.transaction() as conn:
        open_shopping(conn)
        buy_on(conn, date(2026, 8, 8), 50_000, purchase_id="kettle")
        buy_on(conn, date(2026, 8, 20), 20_000, purchase_id="shoes")
        buy_on(conn, date(2026, 7, 20), 30_000, purchase_id="late")
        take_back_purchase(conn, purchase_id="shoes", by=PERSON, reason="退货", now=noon(date(2026, 8, 21)))
        told = explain_limit(conn, borrower_id=BORROWER, today=date(2026, 8, 21), rules=RULES, since=date(2026, 8, 7))
    (line,) = told.lines
    assert [(one.kind, one.used_fen) for one in line.changes] == [
        ("bought", 50_000), ("bought", 20_000), ("returned", -20_000)
    ]  # fmt: skip
    assert line.then is not None
    assert (line.then.used_fen, line.now.used_fen) == (30_000, 80_000)
    assert "撤销了8月20日的消费 200 元" in told.text
    assert "还款" not in told.text

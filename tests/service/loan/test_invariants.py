"""Rules that say "never", checked after every step of random lives of loans."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import Refused
from service.domain.loan.journal import Account, Entry, Kind, Line, Unbalanced
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.loan.bill import bill
from service.usecases.loan.defer import defer
from service.usecases.loan.plan_payment import plan_payment
from tests.service.loan.ledger import (
    BORROWER,
    FEW,
    PRODUCTS,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    noon,
    pay_on,
    undone,
)

START = date(2026, 1, 31)  # a month's end, so that due days are clamped
FEN = st.one_of(st.integers(1, 300), st.integers(300, 60_000), st.integers(60_000, 900_000))
STEPS = st.one_of(
    st.tuples(st.just("days"), st.integers(1, 45)),
    st.tuples(st.just("pay"), FEN),
    st.tuples(st.just("pay late"), FEN),
    st.tuples(st.sampled_from(["bill", "minimum", "all"]), st.just(0)),
    st.tuples(st.just("defer"), st.integers(1, 3)),
)
LIVES = st.lists(STEPS, min_size=1, max_size=8)


class Life:
    """One borrower with two loans whom things happen to."""

    def __init__(self, conn: Connection, codes: tuple[str, str]) -> None:
        self.conn = conn
        self.today = START
        self.paid_fen = 0
        self.count = 0
        for number, code in enumerate(codes):
            periods = PRODUCTS[code].periods[0]
            borrow(conn, loan_id=f"l-{number}", product_code=code, principal_fen=210_001, periods=periods, on=START)

    def step(self, what: str, value: int) -> None:
        self.count += 1
        if what == "days":
            self.today += timedelta(days=value)
            age_borrowers(self.conn, borrower_ids=[BORROWER], today=self.today, now=noon(self.today))
        elif what == "defer":
            self._defer(value)
        elif what == "pay":
            self._pay(self.today, value)
        elif what == "pay late":
            self._pay(max(START, self.today - timedelta(days=value % 9)), value)
        else:
            self._pay_plan(what)

    def _pay(self, day: date, amount_fen: int, shares=None) -> None:
        receipt = pay_on(self.conn, day, amount_fen, payment_id=f"p-{self.count}", shares=shares)
        parts = receipt.fee_fen + receipt.penalty_fen + receipt.interest_fen + receipt.principal_fen
        assert parts + receipt.to_suspense_fen == amount_fen
        self.paid_fen += amount_fen

    def _pay_plan(self, kind: str) -> None:
        owed = bill(self.conn, borrower_id=BORROWER, today=self.today).bill_fen
        if owed:
            plan = plan_payment(self.conn, borrower_id=BORROWER, kind=kind, today=self.today)
            self._pay(self.today, plan.amount_fen, plan)
        else:
            with pytest.raises(Refused):
                plan_payment(self.conn, borrower_id=BORROWER, kind="bill", today=self.today)

    def _defer(self, months: int) -> None:
        active = [loan.id for loan in book_of(self.conn).active]
        if active:
            defer(
                self.conn, loan_id=active[0], months=months, approved_by="组长", plan_id=f"h-{self.count}",
                now=noon(self.today), today=self.today,
            )  # fmt: skip

    def check(self) -> None:
        balances = assert_projection_is_the_journal(self.conn)
        book = book_of(self.conn)
        assert book.suspense_fen >= 0
        assert balances.cash_fen == self.paid_fen - sum(loan.principal_fen for loan in book.loans)
        assert self.paid_fen == sum(loan.received_fen for loan in book.loans) + book.suspense_fen
        for loan in book.loans:
            repaid = sum(
                said.principal_paid_fen for (loan_id, _), said in balances.instalments.items() if loan_id == loan.id
            )
            assert repaid + loan.unpaid_principal_fen == loan.principal_fen


@FEW
@example(life=[("days", 63), ("defer", 1), ("pay", 60_000)], codes=("appliance", "cash"))  # still overdue after it
@given(
    life=LIVES,
    codes=st.sampled_from(
        [("appliance", "cash"), ("beauty", "study"), ("rent", "travel"), ("home", "home"), ("flexible", "cash")]
    ),
)
def test_through_any_life_the_projection_is_the_journal_and_no_fen_is_lost(
    life, codes, sqlite_database: Database
) -> None:
    with undone(sqlite_database) as conn:
        story = Life(conn, codes)
        story.check()
        for what, value in life:
            story.step(what, value)
            story.check()
        line = tables.journal_line.c
        sums = select(func.sum(line.amount_fen)).group_by(line.entry_id)
        assert set(conn.execute(sums).scalars()) == {0}


@FEW
@given(life=LIVES)
def test_without_a_payment_lateness_only_grows(life, sqlite_database: Database) -> None:
    with undone(sqlite_database) as conn:
        story = Life(conn, ("appliance", "cash"))
        seen = [0, 0]
        for what, value in life:
            if what == "days":
                story.step(what, value)
                late = [loan.days_past_due for loan in book_of(conn).loans]
                assert all(now >= before for now, before in zip(late, seen, strict=True))
                seen = late


@FEW
@given(first=FEN, second=FEN, days=st.integers(0, 70))
def test_two_payments_of_one_day_pay_the_same_in_either_order(first, second, days, sqlite_database: Database) -> None:
    ends = []
    for order in ((first, second), (second, first)):
        with undone(sqlite_database) as conn:
            story = Life(conn, ("appliance", "beauty"))
            story.step("days", days + 1)
            for amount in order:
                story.step("pay", amount)
            book = book_of(conn)
            owed = sum(one.unpaid_fen for loan in book.loans for one in loan.instalments) - book.suspense_fen
            ends.append((owed, [claim.due for claim in book.claims_until(story.today)]))
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "lines",
    [
        (Line(Account.CASH, 5), Line(Account.SUSPENSE, -4)),
        (Line(Account.CASH, 0), Line(Account.SUSPENSE, 0)),
        (),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_made(lines: tuple[Line, ...]) -> None:
    with pytest.raises(Unbalanced):
        Entry("k", Kind.PAYMENT, START, lines)

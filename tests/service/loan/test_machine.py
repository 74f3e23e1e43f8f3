"""Random histories of one borrower, each step of which leaves the ledger what its journal and its events make it.

Seeds are printed by Hypothesis where it fails; XIAOQING_LONG multiplies the number of histories.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.loan_journal import journal_of
from service.db.tables import loan as tables
from service.domain.loan.event import Event, PlanAgreed, PlanEnded
from service.domain.loan.journal import Account
from service.domain.loan.plan import Part
from service.usecases.loan.adjust import charge_fee, end_ageing_pause, pause_ageing, refund, waive, write_off
from service.usecases.loan.bill import bill
from service.usecases.loan.defer import defer
from service.usecases.loan.post_event import borrower_of_loan, locked_book, post_event
from service.usecases.loan.undo import undo
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.ledger import (
    BORROWER,
    assert_projection_is_the_journal,
    noon,
)
from tests.service.loan.life import START, Money

LONG = float(os.environ.get("XIAOQING_LONG", "1"))


class Life(Money):
    """All else that happens to his loans, and what must hold whatever did."""

    @rule(
        which=st.sampled_from(["l-0", "l-1"]), no=st.integers(1, 3), fen=st.integers(1, 5_000), ago=st.integers(0, 40)
    )
    def is_charged(self, which: str, no: int, fen: int, ago: int) -> None:
        self.try_to(lambda: charge_fee(self.conn, self.order(ago=ago), loan_id=which, no=no, fee_fen=fen))

    @rule(
        which=st.sampled_from(["l-0", "l-1"]),
        no=st.integers(1, 3),
        what=st.sampled_from(["fee", "penalty", "interest"]),
        fen=st.integers(1, 5_000),
    )
    def is_waived(self, which: str, no: int, what: str, fen: int) -> None:
        order = self.order()
        if self.try_to(lambda: waive(self.conn, order, loan_id=which, parts=[(no, what, fen)])):
            self.given_up.append(order.key)

    @rule(which=st.sampled_from(["l-0", "l-1"]), months=st.integers(1, 3))
    def is_deferred(self, which: str, months: int) -> None:
        key = self.key()
        deferred = self.try_to(
            lambda: defer(self.conn, loan_id=which, months=months, approved_by="组长", plan_id=key,
                          now=noon(self.today), today=self.today)
        )  # fmt: skip
        if deferred:
            self.given_up.append(f"deferral:{key}")

    @rule(which=st.sampled_from(["l-0", "l-1"]), days=st.integers(0, 60), frees=st.booleans(), ago=st.integers(0, 20))
    def is_paused(self, which: str, days: int, frees: bool, ago: int) -> None:
        order = self.order(ago=ago)
        until = order.on + timedelta(days=days) if days else None
        self.try_to(
            lambda: pause_ageing(self.conn, order, loan_id=which, pause_id=order.key, until=until, stops_penalty=frees)
        )

    @rule(which=st.sampled_from(["l-0", "l-1"]))
    def pause_ends(self, which: str) -> None:
        open_ = [one.id for loan in self.book.loans if loan.id == which for one in loan.pauses if one.ends_on is None]
        if open_:
            self.try_to(lambda: end_ageing_pause(self.conn, self.order(), loan_id=which, pause_id=open_[0]))

    @rule(
        which=st.sampled_from(["l-0", "l-1"]), periods=st.integers(1, 6), frees=st.booleans(), grace=st.integers(0, 5)
    )
    def agrees_on_a_plan(self, which: str, periods: int, frees: bool, grace: int) -> None:
        loan = next(one for one in self.book.loans if one.id == which)
        owed = sum(one.unpaid_fen for one in loan.instalments)
        if not owed or owed < periods:
            return
        each = owed // periods
        days = [self.today + timedelta(days=30 * n) for n in range(1, periods + 1)]
        parts = (*(Part(day, each) for day in days[:-1]), Part(days[-1], owed - each * (periods - 1)))
        event = Event(self.key(), self.today, PlanAgreed(which, f"plan-{self.count}", parts, grace, frees))
        self.try_to(
            lambda: post_event(
                self.conn,
                locked_book(self.conn, borrower_of_loan(self.conn, which)),
                event,
                by="组长",
                now=noon(self.today),
            )
        )

    @rule(which=st.sampled_from(["l-0", "l-1"]))
    def plan_is_ended(self, which: str) -> None:
        event = Event(self.key(), self.today, PlanEnded(which))
        self.try_to(
            lambda: post_event(
                self.conn, locked_book(self.conn, BORROWER), event, by="组长", now=noon(self.today)
            )
        )  # fmt: skip

    @precondition(lambda self: self.book.suspense_fen > 0)
    @rule(data=st.data())
    def is_refunded(self, data: st.DataObject) -> None:
        fen = data.draw(st.integers(1, self.book.suspense_fen))
        order = self.order()
        if self.try_to(lambda: refund(self.conn, order, borrower_id=BORROWER, amount_fen=fen)):
            self.refunded_fen += fen

    @rule(which=st.sampled_from(["l-0", "l-1"]))
    def is_written_off(self, which: str) -> None:
        order = self.order()
        if self.try_to(lambda: write_off(self.conn, order, loan_id=which)):
            self.given_up.append(order.key)

    @precondition(lambda self: self.given_up)
    @rule(data=st.data())
    def what_was_given_up_is_undone(self, data: st.DataObject) -> None:
        """Once, and refused only where something later stands on it."""
        key = data.draw(st.sampled_from(self.given_up))
        if self.try_to(lambda: undo(self.conn, self.order(), event_key=key)):
            self.given_up.remove(key)
            assert not self.try_to(lambda: undo(self.conn, self.order(), event_key=key))

    @invariant()
    def the_ledger_is_what_it_says(self) -> None:
        if not self.count and self.today == START:
            return
        assert verify_borrower(self.conn, BORROWER) == ()
        balances = assert_projection_is_the_journal(self.conn)
        book = self.book
        stands = sum(self.paid.values()) - self.refunded_fen
        assert balances.cash_fen == stands - sum(loan.principal_fen for loan in book.loans)
        held_fen = book.suspense_fen - book.refund_claim_fen
        assert stands == sum(loan.received_fen for loan in book.loans) + held_fen
        asked = bill(self.conn, borrower_id=BORROWER, today=self.today)
        assert asked.bill_fen >= asked.minimum_fen >= asked.refund_claim_fen == book.refund_claim_fen
        for loan in book.loans:
            paid = sum(one.principal_paid_fen for one in loan.instalments)
            assert paid + loan.unpaid_principal_fen == loan.principal_fen
        line = tables.journal_line.c
        sums = select(func.sum(line.amount_fen)).group_by(line.entry_id)
        assert set(self.conn.execute(sums).scalars()) <= {0}

    @invariant()
    def income_is_what_was_paid_while_a_loan_does_not_accrue(self) -> None:
        """Whatever is deferred, paused or agreed on: of what such a loan was charged nobody's promise is income."""
        for loan in (one for one in self.book.loans if one.non_accrual):
            income: dict[Account, int] = defaultdict(int)
            for _, line in journal_of(self.conn, BORROWER):
                if line.loan_id == loan.id:
                    income[line.account] -= line.amount_fen
            assert income[Account.INTEREST_INCOME] == sum(one.interest_paid_fen for one in loan.instalments)
            assert income[Account.PENALTY_INCOME] == sum(one.penalty_paid_fen for one in loan.instalments)

    @invariant()
    def what_is_written_off_does_not_accrue_and_is_worth_nothing(self) -> None:
        written_off = {loan.id for loan in self.book.loans if loan.written_off_on}
        worth: dict[str | None, int] = defaultdict(int)
        for _, line in journal_of(self.conn, BORROWER) if written_off else ():
            if line.account in (Account.PRINCIPAL, Account.WRITTEN_OFF):
                worth[line.loan_id] += line.amount_fen
        for loan in (one for one in self.book.loans if one.id in written_off):
            assert loan.non_accrual
            assert worth[loan.id] == 0

    @invariant()
    def no_bucket_is_left_before_it_was_entered(self) -> None:
        tag = tables.ageing_tag.c
        for loan in self.book.loans:
            kept = select(tag.bucket, tag.entered_on, tag.left_on).where(tag.loan_id == loan.id).order_by(tag.id)
            tags = self.conn.execute(kept).all()
            assert (tags[-1].bucket, tags[-1].left_on) == (loan.bucket, None)
            for one, following in pairwise(tags):
                assert one.entered_on <= one.left_on == following.entered_on

    @invariant()
    def lateness_falls_only_for_a_reason(self) -> None:
        now = {loan.id: loan.days_past_due for loan in self.book.loans}
        suspense_was_used = any(loan.status == "settled" for loan in self.book.loans)
        if self.only_days_passed and not suspense_was_used and not self.had_suspense:
            for loan_id, days in now.items():
                assert days >= self.late_before.get(loan_id, 0), f"{loan_id} became younger by waiting"
        self.late_before = now
        self.had_suspense = self.book.suspense_fen > 0

    had_suspense = False


@pytest.fixture(params=["sqlite", "postgres"])
def any_database(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(f"{request.param}_database")


def test_whatever_happens_the_ledger_is_what_its_journal_and_its_events_make_it(any_database: Database) -> None:
    machine = type("LifeThere", (Life,), {"database": any_database})
    examples = int((30 if any_database.engine.dialect.name == "sqlite" else 8) * LONG)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=14, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

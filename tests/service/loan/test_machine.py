"""Random histories of one borrower, each step of which leaves the ledger what its journal and its events make it.

Seeds are printed by Hypothesis where it fails; XIAOQING_LONG multiplies the number of histories.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.loan_journal import entries_of, journal_of
from service.db.tables import loan as tables
from service.domain.errors import Refused
from service.domain.loan.book import Book
from service.domain.loan.event import Event, PlanAgreed, PlanEnded
from service.domain.loan.history import refunds_short_fen
from service.domain.loan.journal import Account
from service.domain.loan.payment import Share
from service.domain.loan.plan import Part
from service.usecases.loan.adjust import Order, charge_fee, end_ageing_pause, pause_ageing, refund, waive, write_off
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.loan.bill import bill
from service.usecases.loan.defer import defer
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.post_event import borrower_of_loan, locked_book, post_event
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.take_back_purchase import take_back_purchase
from service.usecases.loan.undo import undo
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.ledger import (
    BORROWER,
    PRODUCTS,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    buy_on,
    noon,
    open_shopping,
    pay_on,
)

START = date(2026, 1, 31)  # a month's end, so that due days are clamped
CODES = [("appliance", "cash"), ("beauty", "study"), ("rent", "travel"), ("home", "home"),
         ("flexible", "appliance"), ("flexible", "flexible"),
         ("shopping", "flexible"), ("shopping", "appliance")]  # fmt: skip
FEN = st.one_of(st.integers(1, 300), st.integers(300, 60_000), st.integers(60_000, 900_000))
LONG = float(os.environ.get("XIAOQING_LONG", "1"))


class Life(RuleBasedStateMachine):
    """A borrower with two loans; every rule is something that happens to them, that day or on an earlier one."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.conn = self.connection
        self.today = START
        self.count = 0
        self.paid: dict[str, int] = {}  # what stands: payment → fen
        self.bought: list[str] = []  # purchases that stand
        self.given_up: list[str] = []  # events that may be undone
        self.has_account = False
        self.refunded_fen = 0
        self.late_before: dict[str, int] = {}
        self.only_days_passed = False

    def teardown(self) -> None:
        self.connection.rollback()
        self.connection.close()

    @initialize(codes=st.sampled_from(CODES))
    def lend(self, codes: tuple[str, str]) -> None:
        self.has_account = codes[0] == "shopping"
        for number, code in enumerate(codes):
            if PRODUCTS[code].card is not None:
                open_shopping(self.conn, loan_id=f"l-{number}", on=START, statement_day=31)
                continue
            periods = PRODUCTS[code].periods[0]
            borrow(
                self.conn, loan_id=f"l-{number}", product_code=code, principal_fen=210_001, periods=periods, on=START
            )

    def key(self) -> str:
        self.count += 1
        self.only_days_passed = False
        return f"k-{self.count}"

    def order(self, *, ago: int = 0) -> Order:
        on = max(START, self.today - timedelta(days=ago))
        return Order(self.key(), "组长", "核实后处理", on, noon(self.today))

    @property
    def book(self) -> Book:
        return book_of(self.conn)

    @rule(days=st.one_of(st.integers(1, 5), st.integers(5, 45)))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        age_borrowers(self.conn, borrower_ids=[BORROWER], today=self.today, now=noon(self.today))
        self.only_days_passed = True

    @rule(fen=FEN, ago=st.one_of(st.just(0), st.integers(0, 70)))
    def pays(self, fen: int, ago: int) -> None:
        payment_id = self.key()
        pay_on(self.conn, max(START, self.today - timedelta(days=ago)), fen, payment_id=payment_id)
        self.paid[payment_id] = fen

    @precondition(lambda self: self.has_account)
    @rule(fen=FEN, ago=st.one_of(st.just(0), st.integers(0, 40)))
    def buys(self, fen: int, ago: int) -> None:
        purchase_id = self.key()
        day = max(START, self.today - timedelta(days=ago))
        if self.try_to(lambda: buy_on(self.conn, day, fen, purchase_id=purchase_id, loan_id="l-0")):
            self.bought.append(purchase_id)

    @precondition(lambda self: self.bought)
    @rule(data=st.data())
    def purchase_is_taken_back(self, data: st.DataObject) -> None:
        purchase_id = data.draw(st.sampled_from(self.bought))
        self.key()
        taken = self.try_to(
            lambda: take_back_purchase(
                self.conn, purchase_id=purchase_id, by="组长", reason="退货", now=noon(self.today)
            )
        )
        if taken:
            self.bought.remove(purchase_id)

    @rule(which=st.sampled_from(["l-0", "l-1"]), fen=FEN, settles=st.booleans())
    def pays_for_a_loan(self, which: str, fen: int, settles: bool) -> None:
        payment_id = self.key()
        pay_on(self.conn, self.today, fen, payment_id=payment_id, shares=(Share(which, fen, settles=settles),))
        self.paid[payment_id] = fen

    @rule(kind=st.sampled_from(["bill", "minimum", "all"]))
    def pays_as_planned(self, kind: str) -> None:
        asked = bill(self.conn, borrower_id=BORROWER, today=self.today)
        if not (asked.minimum_fen if kind == "minimum" else asked.bill_fen):
            return
        plan = plan_payment(self.conn, borrower_id=BORROWER, kind=kind, today=self.today)
        payment_id = self.key()
        pay_on(self.conn, self.today, plan.amount_fen, payment_id=payment_id, shares=plan)
        self.paid[payment_id] = plan.amount_fen

    @precondition(lambda self: self.paid)
    @rule(data=st.data(), reason=st.sampled_from(["bounced", "charged_back: 银行通知"]))
    def the_bank_takes_a_payment_back(self, data: st.DataObject, reason: str) -> None:
        """Whatever was done with it since: that is never refused."""
        payment_id = data.draw(st.sampled_from(sorted(self.paid)))
        self.key()
        reverse_payment(self.conn, payment_id=payment_id, by="组长", reason=reason, now=noon(self.today))
        del self.paid[payment_id]

    @precondition(lambda self: self.paid)
    @rule(data=st.data())
    def a_payment_of_another_is_corrected(self, data: st.DataObject) -> None:
        """It makes nobody owe what was refunded to him."""
        payment_id = data.draw(st.sampled_from(sorted(self.paid)))
        self.key()
        short_fen = self.refunds_short_fen
        corrected = self.try_to(
            lambda: reverse_payment(
                self.conn, payment_id=payment_id, by="组长", reason="wrong_account", now=noon(self.today)
            )
        )
        assert self.refunds_short_fen <= short_fen
        if corrected:
            del self.paid[payment_id]

    @property
    def refunds_short_fen(self) -> int:
        return refunds_short_fen(entries_of(self.conn, [BORROWER]).get(BORROWER, []))

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
        loan = next(one for one in self.book.loans if one.id == which)
        if loan.days_past_due > 90:
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

    def try_to(self, what: object) -> bool:
        """Refusals are fine: they change nothing, and the invariants look at that too."""
        with self.connection.begin_nested() as point:
            try:
                what()  # type: ignore[operator]
            except Refused as refusal:
                note(f"refused: {refusal.code}")
                point.rollback()
                return False
        return True

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

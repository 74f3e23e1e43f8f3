"""A made-up borrower of the machine that tests the ledger: his loans, his days, and the money that comes and goes."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from service.db.engine import Database
from service.db.loan_journal import entries_of
from service.domain.errors import Refused
from service.domain.loan.book import Book
from service.domain.loan.history import refunds_short_fen
from service.domain.loan.payment import Share
from service.usecases.loan.adjust import Order
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.loan.bill import bill
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.take_back_purchase import take_back_purchase
from tests.service.loan.ledger import (
    BORROWER,
    PRODUCTS,
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


class Money(RuleBasedStateMachine):
    """A borrower with two loans; every rule is money that goes one way or the other, that day or on an earlier one."""

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

"""What the sentences mean that change what was posted, or what is agreed on: payments taken back and moved, fees,
waivers, refunds, write-offs, pauses and plans; what they do not know is asked of the ledger's own steps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, select

from service.db.loan_journal import journal_of
from service.db.tables.loan import account_statement
from service.domain.loan.book import LoanState
from service.domain.loan.event import Body, PlanAgreed, PlanEnded
from service.domain.loan.journal import Account
from service.domain.loan.plan import Part, PlanState
from service.domain.money import fen_from_yuan
from service.usecases.loan.adjust import Order, charge_fee, end_ageing_pause, pause_ageing, refund, waive, write_off
from service.usecases.loan.bill import bill
from service.usecases.loan.disburse import disburse
from service.usecases.loan.move_payment import move_payment
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.post_event import borrower_of_loan, post_once
from service.usecases.loan.purchase import purchase
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.take_back_purchase import take_back_purchase
from service.usecases.loan.undo import undo
from tests.service.loan.ledger import NO_CAPS, noon
from tests.service.loan.scenarios.steps import DAY, LINE_FEN, LOAN, PRODUCTS, SUM, Story, compare, plain, same

PERSON = "王敏"
KEY, WHO = r"[\w-]+", r"b-\d"
# Accounts whose balance is told as a positive sum of debits; the rest are credits.
DEBITS = frozenset({Account.LOSS, Account.CASH, Account.PRINCIPAL, Account.INTEREST, Account.PENALTY, Account.FEE})


class LedgerStory(Story):
    """One borrower whose payments and debts are corrected; others join him when they borrow or are named."""

    orders = 0

    def _do(self, told: str) -> None:
        for pattern, act in ACTS:
            if found := re.fullmatch(rf"(?P<on>{DAY}) {pattern}", told):
                words = found.groupdict()
                act(self, date.fromisoformat(words.pop("on")), **words)
                return
        super()._do(told)

    def shows(self, sentence: str) -> None:
        for pattern, look in LOOKS:
            if found := re.fullmatch(rf"(?:(?P<on>{DAY}) )?{pattern}", sentence):
                words = found.groupdict()
                on = words.pop("on")
                with self.database.reading() as conn:
                    look(self, conn, date.fromisoformat(on) if on else None, **words)
                return
        super().shows(sentence)

    def loan(self, conn: Connection, on: date | None, loan: str) -> LoanState:
        owner = borrower_of_loan(conn, loan)
        return next(one for one in self.book(conn, on, borrower_id=owner).loans if one.id == loan)

    def order(self, on: date, reason: str = "样例") -> Order:
        self.orders += 1
        return Order(key=f"order-{self.orders}", by=PERSON, reason=reason, on=on, now=noon(on))

    def joins(self, on: date, who: str) -> None:
        with self.database.transaction() as conn:
            register_borrower(conn, borrower_id=who, name="林知远", phone=f"1990000000{who[-1]}", now=noon(on))
        self.borrowers.append(who)

    def lend_to(self, on: date, who: str, fen: str, product: str, periods: str) -> None:
        if who not in self.borrowers:
            self.joins(on, who)
        with self.database.transaction() as conn:
            line = {"borrower_id": who, "product_code": product, "products": PRODUCTS, "now": noon(on)}
            open_line(conn, limit_fen=LINE_FEN, **line)
            disburse(
                conn, price_caps=NO_CAPS, loan_id=f"L{self.loans + 1}",
                principal_fen=fen_from_yuan(fen), periods=int(periods),
                disbursed_on=on, purpose="样例", **line,
            )  # fmt: skip
        self.loans += 1

    def open_account(self, on: date, product: str, statement_day: str) -> None:
        with self.database.transaction() as conn:
            line = {"borrower_id": self.borrowers[0], "product_code": product, "products": PRODUCTS, "now": noon(on)}
            open_line(conn, limit_fen=LINE_FEN, **line)
            open_account(
                conn, price_caps=NO_CAPS, loan_id=f"L{self.loans + 1}", statement_day=int(statement_day),
                opened_on=on, purpose="样例", **line,
            )  # fmt: skip
        self.loans += 1

    def buy(self, on: date, fen: str, loan: str, told: str | None, key: str | None) -> None:
        self.orders += 1
        with self.database.transaction() as conn:
            purchase(
                conn, purchase_id=key or f"buy-{self.orders}", loan_id=loan, amount_fen=fen_from_yuan(fen), on=on,
                what="样例", by="sandbox", now=noon(date.fromisoformat(told) if told else on),
            )  # fmt: skip

    def take_back(self, on: date, key: str) -> None:
        with self.database.transaction() as conn:
            take_back_purchase(conn, purchase_id=key, by=PERSON, reason="退货", now=noon(on))

    def reverse(self, on: date, key: str, reason: str) -> None:
        with self.database.transaction() as conn:
            reverse_payment(conn, payment_id=key, by=PERSON, reason=reason, now=noon(on))

    def move(self, on: date, key: str, who: str) -> None:
        with self.database.transaction() as conn:
            self.receipts.append(move_payment(conn, payment_id=key, to=who, by=PERSON, now=noon(on)))

    def charge(self, on: date, fen: str, loan: str, no: str, told: str | None) -> None:
        order = replace(self.order(on), now=noon(date.fromisoformat(told) if told else on))
        with self.database.transaction() as conn:
            charge_fee(conn, order, loan_id=loan, no=int(no), fee_fen=fen_from_yuan(fen))

    def waive(self, on: date, loan: str, rest: str) -> None:
        parts = [(int(no), what, fen_from_yuan(fen)) for no, what, fen in re.findall(rf"no (\d+) (\w+) ({SUM})", rest)]
        with self.database.transaction() as conn:
            waive(conn, self.order(on), loan_id=loan, parts=parts)

    def refund(self, on: date, fen: str) -> None:
        with self.database.transaction() as conn:
            refund(conn, self.order(on), borrower_id=self.borrowers[0], amount_fen=fen_from_yuan(fen))

    def write_off(self, on: date, loan: str) -> None:
        with self.database.transaction() as conn:
            write_off(conn, self.order(on), loan_id=loan)

    def undo(self, on: date, key: str) -> None:
        with self.database.transaction() as conn:
            undo(conn, self.order(on), event_key=key)

    def pause(self, on: date, loan: str, key: str, until: str | None, free: str | None) -> None:
        last = date.fromisoformat(until) if until else None
        with self.database.transaction() as conn:
            pause_ageing(conn, self.order(on), loan_id=loan, pause_id=key, until=last, stops_penalty=bool(free))

    def end_pause(self, on: date, key: str, loan: str) -> None:
        with self.database.transaction() as conn:
            end_ageing_pause(conn, self.order(on), loan_id=loan, pause_id=key)

    def agree(self, on: date, loan: str, rest: str, grace: str | None, free: str | None) -> None:
        told = re.findall(rf"({SUM}) on ({DAY})", rest)
        parts = tuple(Part(date.fromisoformat(day), fen_from_yuan(fen)) for fen, day in told)
        self._agreed(on, loan, PlanAgreed(loan, f"plan-{self.orders}", parts, int(grace or 0), bool(free)))

    def end_plan(self, on: date, loan: str) -> None:
        self._agreed(on, loan, PlanEnded(loan))

    def _agreed(self, on: date, loan: str, body: Body) -> None:
        one = self.order(on)
        with self.database.transaction() as conn:
            owner = borrower_of_loan(conn, loan)
            post_once(conn, borrower_id=owner, key=one.key, body=body, by=one.by, on=on, now=one.now)


FREE = r"(?P<free> without penalty)?"
ACTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"lend (?P<who>{WHO}) (?P<fen>{SUM}) (?P<product>[\w-]+) over (?P<periods>\d+)", LedgerStory.lend_to),
    (rf"(?P<who>{WHO}) joins", LedgerStory.joins),
    (r"open (?P<product>[\w-]+) statement day (?P<statement_day>\d+)", LedgerStory.open_account),
    (rf"buy (?P<fen>{SUM}) on (?P<loan>{LOAN})(?: told (?P<told>{DAY}))?(?: as (?P<key>{KEY}))?", LedgerStory.buy),
    (rf"take back (?P<key>{KEY})", LedgerStory.take_back),
    (r"reverse (?P<key>[\w>-]+) (?P<reason>bounced|charged_back|wrong_account)", LedgerStory.reverse),
    (rf"move (?P<key>[\w>-]+) to (?P<who>{WHO})", LedgerStory.move),
    (rf"charge (?P<fen>{SUM}) on (?P<loan>{LOAN}) no (?P<no>\d+)(?: told (?P<told>{DAY}))?", LedgerStory.charge),
    (rf"waive (?P<loan>{LOAN})(?P<rest>(?:,? no \d+ \w+ {SUM})+)", LedgerStory.waive),
    (rf"refund (?P<fen>{SUM})", LedgerStory.refund),
    (rf"write off (?P<loan>{LOAN})", LedgerStory.write_off),
    (r"undo (?P<key>[\w:-]+)", LedgerStory.undo),
    (rf"pause (?P<loan>{LOAN}) as (?P<key>{KEY})(?: until (?P<until>{DAY}))?{FREE}", LedgerStory.pause),
    (rf"end pause (?P<key>{KEY}) of (?P<loan>{LOAN})", LedgerStory.end_pause),
    (rf"plan (?P<loan>{LOAN})(?P<rest>(?:,? {SUM} on {DAY})+)(?: grace (?P<grace>\d+))?{FREE}", LedgerStory.agree),
    (rf"end plan of (?P<loan>{LOAN})", LedgerStory.end_plan),
)


def plan(story: LedgerStory, conn: Connection, on: date | None, loan: str, said: str) -> None:
    """A plan that is over leaves a pause: its days stay out if it was kept, and count again if it was broken."""
    state = story.loan(conn, on, loan)
    if state.plan is not None:
        assert state.aged_on is not None
        same(str(state.plan.state(state.received_fen, state.aged_on)), said)
        return
    over = [one for one in state.pauses if one.reason == "plan"]
    same(str(PlanState.KEPT if over[-1].stops_days else PlanState.BROKEN) if over else "none", said)


def pauses(story: LedgerStory, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    said = [f"{one.starts_on}..{one.ends_on or 'open'}" for one in story.loan(conn, on, loan).pauses]
    same(" ".join(said) or "none", rest)


def accrual(story: LedgerStory, conn: Connection, on: date | None, loan: str, said: str) -> None:
    same("non-accrual" if story.loan(conn, on, loan).non_accrual else "accruing", said)


def loss(story: LedgerStory, conn: Connection, on: date | None, loan: str, day: str | None) -> None:
    same(str(story.loan(conn, on, loan).written_off_on), str(day))


def accounts(story: LedgerStory, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    """What the journal has on the named accounts of a loan."""
    assert on is None, "the journal is as it is stored"
    sums: dict[str, int] = defaultdict(int)
    for _, line in journal_of(conn, borrower_of_loan(conn, loan)):
        if line.loan_id == loan:
            sums[line.account] += line.amount_fen if line.account in DEBITS else -line.amount_fen
    for name, fen in re.findall(rf"(\w+) ({SUM})", rest):
        same(f"{name} {plain(sums[Account(name)])}", f"{name} {fen}")


def refund_claim(
    story: LedgerStory, conn: Connection, on: date | None, fen: str, since: str | None, who: str | None
) -> None:
    book = story.book(conn, on, borrower_id=who or story.borrowers[0])
    same((plain(book.refund_claim_fen), str(book.refund_claim_since)), (fen, since or "None"))


def statements(story: LedgerStory, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    """As they were first made: no: statement day, due day, what it says of everything, the minimum."""
    one = account_statement.c
    told = conn.execute(select(account_statement).where(one.loan_id == loan).order_by(one.no))
    said = [f"{row.no}: {row.stated_on} {row.due_on} {plain(row.stated_fen)} {plain(row.minimum_fen)}" for row in told]
    same(", ".join(said) or "none", rest)


def the_statement(story: LedgerStory, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    assert on is not None
    told = bill(conn, borrower_id=story.borrowers[0], today=on).statements
    compare(next(one for one in told if one.loan_id == loan), rest)


def held(story: LedgerStory, conn: Connection, on: date | None, who: str, fen: str) -> None:
    same(plain(story.book(conn, on, borrower_id=who).suspense_fen), fen)


LOOKS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"(?P<loan>{LOAN}) plan (?P<said>running|kept|broken|none)", plan),
    (rf"(?P<loan>{LOAN}) pauses (?P<rest>.+)", pauses),
    (rf"(?P<loan>{LOAN}) is (?P<said>non-accrual|accruing)", accrual),
    (rf"(?P<loan>{LOAN}) is (?:not written off|written off on (?P<day>{DAY}))", loss),
    (rf"(?P<loan>{LOAN}) accounts (?P<rest>.+)", accounts),
    (rf"(?P<loan>{LOAN}) statements (?P<rest>.+)", statements),
    (rf"statement of (?P<loan>{LOAN}) (?P<rest>.+)", the_statement),
    (rf"suspense of (?P<who>{WHO}) (?P<fen>{SUM})", held),
    (rf"refund claim (?:of (?P<who>{WHO}) )?(?P<fen>{SUM})(?: since (?P<since>{DAY}))?", refund_claim),
)

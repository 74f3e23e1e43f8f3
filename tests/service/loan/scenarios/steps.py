"""What the sentences of a scenario mean: each is matched by one pattern here and done, or looked at, on the ledger."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, select

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import XiaoqingError
from service.domain.loan.ageing import asset_class_floor
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.payment import Share
from service.domain.loan.products import Products, parse_products
from service.domain.money import fen_from_yuan, yuan
from service.usecases.loan.bill import bill
from service.usecases.loan.close_day import close_day
from service.usecases.loan.current import current_book
from service.usecases.loan.debt import debt_of
from service.usecases.loan.defer import defer
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.loan.payoff import payoff
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.post_payments import Receipt
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, NO_CAPS, TABLE, assert_projection_is_the_journal, book_of, noon, rows

HERE = Path(__file__).parent
DAY, SUM, LOAN = r"\d{4}-\d\d-\d\d", r"-?\d+\.\d\d", r"L\d"
PARTS = ("fee", "penalty", "interest", "principal", "suspense", "claim", "overdue")
LINE_FEN = 10_000_000


def all_products() -> Products:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    shown = {"name": "分期", "brand": "样例", "scene": "样例", "min_principal_fen": 1, "max_principal_fen": LINE_FEN}
    shown |= {"periods": [1, 2, 3, 6, 12]}
    table["product"] += [shown | row for row in yaml.safe_load((HERE / "products.yml").read_text(encoding="utf-8"))]
    return parse_products(table)


PRODUCTS = all_products()


class Story:
    """One borrower whom things happen to, on a database of his own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.receipts: list[Receipt] = []
        self.loans = 0
        self.borrowers = [BORROWER]
        self.posted_lines = 0
        now = noon(date(2026, 1, 1))
        with database.transaction() as conn:
            register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=now)

    def does(self, sentence: str) -> None:
        """A sentence of given or when: a date and what happens on it; after ` ! ` the code it is refused with."""
        told, _, code = sentence.partition(" ! ")
        with self.database.reading() as conn:
            self.posted_lines = rows(conn)
        refused = ""
        try:
            self._do(told)
        except XiaoqingError as refusal:
            refused = refusal.code
        same(refused or "done", code or "done")
        with self.database.reading() as conn:
            for who in self.borrowers:
                assert_projection_is_the_journal(conn, who)
                found = verify_borrower(conn, who)
            assert found == (), found

    def _do(self, told: str) -> None:
        for pattern, act in ACTS:
            if found := re.fullmatch(rf"(?P<on>{DAY}) {pattern}", told):
                words = found.groupdict()
                act(self, date.fromisoformat(words.pop("on")), **words)
                return
        raise LookupError(f"no step for: {told}")

    def shows(self, sentence: str) -> None:
        """A sentence of then. With a date in front the ledger is read on that day, without one as it is stored."""
        for pattern, look in LOOKS:
            if found := re.fullmatch(rf"(?:(?P<on>{DAY}) )?{pattern}", sentence):
                words = found.groupdict()
                on = words.pop("on")
                with self.database.reading() as conn:
                    look(self, conn, date.fromisoformat(on) if on else None, **words)
                return
        raise LookupError(f"no step for: {sentence}")

    def lend(self, on: date, fen: str, product: str, periods: str, due_day: str | None) -> None:
        with self.database.transaction() as conn:
            line = {"borrower_id": BORROWER, "product_code": product, "products": PRODUCTS, "now": noon(on)}
            open_line(conn, limit_fen=LINE_FEN, **line)
            disburse(
                conn,
                price_caps=NO_CAPS,
                loan_id=f"L{self.loans + 1}",
                principal_fen=fen_from_yuan(fen),
                periods=int(periods),
                disbursed_on=on,
                due_day=int(due_day) if due_day else None,
                purpose="样例",
                **line,
            )
        self.loans += 1

    def pay(self, on: date, fen: str, shares: str | None, posted: str | None, key: str | None) -> None:
        given = None
        if shares:
            given = tuple(
                Share(loan_id, fen_from_yuan(part), settles=bool(settles))
                for settles, part, loan_id in re.findall(rf"(settling )?({SUM}) for ({LOAN})", shares)
            )
        self._post(on, fen_from_yuan(fen), given, date.fromisoformat(posted) if posted else on, key)

    def pay_plan(self, on: date, kind: str, fen: str | None) -> None:
        with self.database.reading() as conn:
            asked = fen_from_yuan(fen) if fen else None
            plan = plan_payment(conn, borrower_id=BORROWER, kind=kind, amount_fen=asked, today=on)  # type: ignore[arg-type]
        self._post(on, plan.amount_fen, plan.shares, on, None)
        assert self.receipts[-1].still_overdue_fen == plan.overdue_after_fen, "the plan promised another rest"

    def _post(self, on: date, fen: int, shares: Any, posted: date, key: str | None) -> None:
        with self.database.transaction() as conn:
            receipt = post_payment(
                conn,
                payment_id=key or f"p{len(self.receipts)}",
                borrower_id=BORROWER,
                plan_or_shares=shares,
                amount_fen=fen,
                paid_at=noon(on),
                channel="sandbox",
                now=noon(posted),
            )
        self.receipts.append(receipt)

    def close(self, on: date) -> None:
        done = close_day(self.database, business_date=on, clock=FrozenClock(noon(on)))
        assert done.failures == (), done.failures

    def defer(self, on: date, loan: str, months: str, plan: str | None) -> None:
        with self.database.transaction() as conn:
            defer(
                conn, loan_id=loan, months=int(months), approved_by="组长", plan_id=plan or f"h-{on}",
                now=noon(on), today=on,
            )  # fmt: skip

    def book(self, conn: Connection, on: date | None, *, borrower_id: str = BORROWER) -> Book:
        if on is None:
            return book_of(conn, borrower_id)
        return current_book(conn, borrower_id=borrower_id, today=on, settled=True)

    def loan(self, conn: Connection, on: date | None, loan: str) -> LoanState:
        return next(one for one in self.book(conn, on).loans if one.id == loan)


ACTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"lend (?P<fen>{SUM}) (?P<product>[\w-]+) over (?P<periods>\d+)(?: due day (?P<due_day>\d+))?", Story.lend),
    (
        rf"pay (?P<fen>{SUM})(?P<shares>(?:,? (?:settling )?{SUM} for {LOAN})+)?(?: posted (?P<posted>{DAY}))?"
        r"(?: as (?P<key>[\w-]+))?",
        Story.pay,
    ),
    (rf"pay the (?P<kind>bill|minimum|all|amount)(?: (?P<fen>{SUM}))?", Story.pay_plan),
    ("close", Story.close),
    (rf"defer (?P<loan>{LOAN}) by (?P<months>\d+)(?: as (?P<plan>[\w-]+))?", Story.defer),
)


def same(said: object, expected: object) -> None:
    assert said == expected, f"expected {expected}, the ledger says {said}"


def receipt(story: Story, conn: Connection, on: date | None, rest: str) -> None:
    """Parts that are not named must be nothing."""
    last = story.receipts[-1]
    expected = dict.fromkeys(PARTS, "0.00") | dict(re.findall(rf"(\w+) ({SUM})", rest))
    said = (last.fee_fen, last.penalty_fen, last.interest_fen, last.principal_fen)
    said += (last.to_suspense_fen, last.refund_claim_fen, last.still_overdue_fen)
    same(dict(zip(PARTS, map(plain, said), strict=True)), expected)
    same(last.loans, tuple(re.findall(rf"settles ({LOAN})", rest)))
    same(last.duplicate, "duplicate" in rest)


def instalment(story: Story, conn: Connection, on: date | None, loan: str, no: str, rest: str) -> None:
    one = story.loan(conn, on, loan).instalments[int(no) - 1]
    for name, value in re.findall(rf"(\w+) ({SUM}|{DAY}|open)", rest):
        same(f"{name} {_field(one, name)}", f"{name} {value}")


def _field(one: InstalmentState, name: str) -> str:
    if name in ("due", "paid"):
        day = one.due_on if name == "due" else one.paid_on
        return "open" if day is None else str(day)
    return plain(getattr(one, f"{name}_fen"))


def column(story: Story, conn: Connection, on: date | None, loan: str, name: str, rest: str) -> None:
    name = {"dues": "due", "principals": "principal", "interests": "interest", "penalties": "penalty"}[name]
    said = [_field(one, name) for one in story.loan(conn, on, loan).instalments]
    same(" ".join(said), rest)


def lateness(story: Story, conn: Connection, on: date | None, loan: str, days: str, rest: str) -> None:
    state = story.loan(conn, on, loan)
    same(state.days_past_due, int(days))
    for word in rest.strip(", ").split(", "):
        same(state.bucket if word.startswith("M") else asset_class_floor(state.days_past_due), word)


def standing(story: Story, conn: Connection, on: date | None, loan: str, day: str | None) -> None:
    state = story.loan(conn, on, loan)
    same((state.status, str(state.settled_on)), ("settled", day) if day else ("active", "None"))


def tags(story: Story, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    """Each bucket with the day it was entered; each is left when the next is entered, the last one is open."""
    tag = tables.ageing_tag.c
    ordered = conn.execute(
        select(tag.bucket, tag.entered_on, tag.left_on).where(tag.loan_id == loan).order_by(tag.id)
    ).all()
    same(", ".join(f"{one.bucket} {one.entered_on}" for one in ordered), rest)
    same([one.left_on for one in ordered], [one.entered_on for one in ordered[1:]] + [None])


def suspense(story: Story, conn: Connection, on: date | None, fen: str) -> None:
    same(plain(story.book(conn, on).suspense_fen), fen)


def the_bill(story: Story, conn: Connection, on: date | None, rest: str) -> None:
    assert on is not None
    compare(bill(conn, borrower_id=BORROWER, today=on), rest)


def the_debt(story: Story, conn: Connection, on: date | None, rest: str) -> None:
    assert on is not None
    compare(debt_of(conn, borrower_id=BORROWER, today=on), rest)


def the_payoff(story: Story, conn: Connection, on: date | None, loan: str, rest: str) -> None:
    assert on is not None
    compare(payoff(conn, borrower_id=BORROWER, today=on, loan_id=loan).items[0], rest)


def compare(found: object, rest: str) -> None:
    """`name value`: an amount is the field name_fen, a day name_on, anything else the field of that name."""
    for name, value in re.findall(r"(\w+) ([^, ]+)", rest):
        if re.fullmatch(SUM, value):
            same(f"{name} {plain(getattr(found, f'{name}_fen'))}", f"{name} {value}")
        else:
            said = getattr(found, f"{name}_on" if value == "none" or re.fullmatch(DAY, value) else name)
            same(f"{name} {said or 'none' if value == 'none' else said}", f"{name} {value}")


def nothing_posted(story: Story, conn: Connection, on: date | None) -> None:
    same(rows(conn), story.posted_lines)


def plain(fen: int) -> str:
    return yuan(fen).replace(",", "")


LOOKS: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"receipt(?P<rest>(?:,? (?:\w+ {SUM}|settles {LOAN}|duplicate))*)", receipt),
    (rf"(?P<loan>{LOAN}) no (?P<no>\d+) (?P<rest>(?:\w+ (?:{SUM}|{DAY}|open)(?:, )?)+)", instalment),
    (rf"(?P<loan>{LOAN}) (?P<name>dues|principals|interests|penalties) (?P<rest>.+)", column),
    (rf"(?P<loan>{LOAN}) is (?P<days>\d+) days past due(?P<rest>(?:, (?:M\d\+?|正常|关注|次级|可疑|损失))+)", lateness),
    (rf"(?P<loan>{LOAN}) is (?:active|settled on (?P<day>{DAY}))", standing),
    (rf"(?P<loan>{LOAN}) tags (?P<rest>.+)", tags),
    (rf"suspense (?P<fen>{SUM})", suspense),
    (r"bill (?P<rest>\w.+)", the_bill),
    (r"debt (?P<rest>\w.+)", the_debt),
    (rf"payoff of (?P<loan>{LOAN}) (?P<rest>.+)", the_payoff),
    (r"nothing was posted", nothing_posted),
)

"""Portfolios of many kinds, made by chance from a seed, the same on every database; and every row that a ledger has."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import Refused
from service.domain.loan.event import Body, Event, PlanAgreed
from service.domain.loan.interest import GraceMode
from service.domain.loan.plan import Part
from service.domain.loan.products import Products
from service.domain.loan.terms import DayCount
from service.usecases.loan.adjust import Order, charge_fee, pause_ageing, waive, write_off
from service.usecases.loan.close_day import DayClose, close_day
from service.usecases.loan.defer import defer
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.loan.post_event import locked_book, post_event
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import CAPS, PRODUCTS, book_of, noon, pay_on

CODES = ("appliance", "home", "study", "beauty", "cash", "rent")
START = date(2026, 1, 12)
ROUNDINGS = (
    "ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN", "ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR",
    "ROUND_05UP",
)  # fmt: skip


def products(dice: random.Random) -> Products:
    """The product table with terms that it happens not to have."""
    rows = {}
    for code in CODES:
        changes: dict[str, Any] = {
            "rounding": dice.choice(ROUNDINGS),
            "grace_days": dice.choice((0, 0, 2, 5)),
            "grace_mode": dice.choice(list(GraceMode)),
            "day_count": dice.choice(list(DayCount)),
            "penalty_multiplier": Decimal(dice.choice(("1.5", "1.3", "1.4999999"))),
        }
        if PRODUCTS[code].flat_monthly_rate is None and dice.random() < 0.2:
            changes["annual_rate"] = Decimal(0)
        rows[code] = replace(PRODUCTS[code], **changes)
    return replace(PRODUCTS, rows=rows)


class Portfolio:
    """`borrowers` of whom each has one to three loans, and the things that happen to them."""

    def __init__(self, seed: int, *, borrowers: int) -> None:
        self.seed = seed
        # between a plain number and a letter, an order by bytes is not the order of a dictionary
        self.people = [f"{'Bb'[number % 2]}-{number}" for number in range(borrowers)]

    def lend(self, database: Database) -> None:
        dice = random.Random(f"lend {self.seed}")
        table = products(dice)
        for person in self.people:
            with database.transaction() as conn:
                register_borrower(conn, borrower_id=person, name="云小满", phone="19900000001", now=noon(START))
                for number in range(dice.choice((1, 1, 2, 3))):
                    self._lend_one(conn, dice, table, person, number)

    def _lend_one(self, conn: Connection, dice: random.Random, table: Products, person: str, number: int) -> None:
        code, now = dice.choice(CODES), noon(START)
        product = table[code]
        open_line(conn, borrower_id=person, product_code=code, limit_fen=10**8, now=now, products=table)
        disburse(
            conn,
            price_caps=CAPS,
            loan_id=f"{'lL'[number % 2]}-{person}-{number}",
            borrower_id=person,
            product_code=code,
            principal_fen=dice.randint(product.min_principal_fen, product.min_principal_fen * 3),
            periods=dice.choice(product.periods[:2]),
            disbursed_on=START + timedelta(days=dice.randrange(4)),
            purpose="分期",
            products=table,
            now=now,
        )

    def live(self, database: Database, day: date, *, share: float) -> None:
        """On `day` something happens to about that share of the borrowers."""
        dice = random.Random(f"live {self.seed} {day}")
        for person in self.people:
            if dice.random() < share:
                try:
                    with database.transaction() as conn:
                        self._happen(conn, dice, person, day)
                except Refused:
                    continue

    def _happen(self, conn: Connection, dice: random.Random, person: str, day: date) -> None:
        book = book_of(conn, person)
        one = dice.choice(book.loans)
        key, amount_fen, no = f"{person} {day}", dice.choice((1, 700, 9_999, 60_000, 250_000)), dice.randint(1, 3)
        order = Order(key, "组长", "核实后处理", day, noon(day))
        owed = sum(part.unpaid_fen for part in one.instalments)
        due = sum(part.unpaid_fen for part in one.unpaid if part.due_on <= day)
        every: list[Callable[[], object]] = [
            lambda: pay_on(conn, day, amount_fen, payment_id=key, borrower_id=person),
            lambda: pay_on(conn, day, max(due, 1), payment_id=key, borrower_id=person),
            lambda: pay_on(conn, day, max(due - 3, 1), payment_id=key, borrower_id=person),
            lambda: pay_on(conn, day, max(owed, 1), payment_id=key, borrower_id=person),
            lambda: waive(conn, order, loan_id=one.id, parts=[(no, "penalty", amount_fen % 1_000 + 1)]),
            lambda: waive(conn, order, loan_id=one.id, parts=[(no, "interest", amount_fen % 100 + 1)]),
            lambda: charge_fee(conn, order, loan_id=one.id, no=no, fee_fen=500),
            lambda: defer(
                conn, loan_id=one.id, months=1, approved_by="组长", plan_id=key, now=noon(day), today=day
            ),
            lambda: pause_ageing(
                conn, order, loan_id=one.id, pause_id=key, until=day + timedelta(days=9), stops_penalty=no == 1
            ),
            lambda: write_off(conn, order, loan_id=one.id),
            lambda: self._agree(conn, person, day, PlanAgreed(one.id, key, _parts(day, owed), 1, no == 1)),
        ]  # fmt: skip
        dice.choices(every, weights=(6, 6, 6, 1, 3, 2, 2, 1, 1, 1, 1))[0]()

    def _agree(self, conn: Connection, person: str, day: date, body: Body) -> None:
        post_event(conn, locked_book(conn, person), Event(f"{person} {day}", day, body), by="组长", now=noon(day))


def _parts(day: date, owed_fen: int) -> tuple[Part, ...]:
    if owed_fen < 2:
        raise Refused("没有欠款", code="nothing_owed")
    first = owed_fen // 2
    return (Part(day + timedelta(days=6), first), Part(day + timedelta(days=12), owed_fen - first))


def close(database: Database, day: date) -> DayClose:
    return close_day(database, business_date=day, clock=FrozenClock(noon(day)))


def spoil(database: Database, loan_ids: list[str], **values: Any) -> None:
    with database.transaction() as conn:
        conn.execute(update(tables.loan).where(tables.loan.c.id.in_(loan_ids)).values(**values))


def every_row(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the ledger in an order of its own; numbers that the database gives are left out, entries being
    named by their keys."""
    entry, line = tables.journal_entry, tables.journal_line
    said = [column for column in entry.c if column.name not in ("id", "reverses_id")]
    event = [column for column in tables.ledger_event.c if column.name not in ("id", "cancels_id")]
    queries = {
        "borrower": select(tables.borrower),
        "loan": select(tables.loan),
        "instalment": select(tables.instalment),
        "ageing_tag": select(*(column for column in tables.ageing_tag.c if column.name != "id")),
        "journal_entry": select(*said),
        "journal_line": select(entry.c.entry_key, line).join(entry, entry.c.id == line.c.entry_id),
        "ledger_event": select(*event),
        "receipt": select(tables.receipt),
        "account_statement": select(tables.account_statement),
    }
    found = {}
    for name, query in queries.items():
        rows = (row._mapping for row in conn.execute(query))
        found[name] = sorted(
            (tuple(value for column, value in row.items() if column != "entry_id") for row in rows), key=repr
        )
    return found

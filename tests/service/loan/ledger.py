"""A small portfolio for the ledger's tests: the real product table, and a borrower who borrows and pays."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, select

from service.db.engine import Database
from service.db.loan import load_book
from service.db.loan_journal import journal_of
from service.db.tables import loan as tables
from service.domain.days import SHANGHAI
from service.domain.loan.book import Book, LoanState
from service.domain.loan.event import PlanAgreed
from service.domain.loan.journal import Balances, replay
from service.domain.loan.payment import Share
from service.domain.loan.plan import Part
from service.domain.loan.price_caps import parse_price_caps
from service.domain.loan.products import Products, parse_products
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_account import open_account
from service.usecases.loan.open_line import open_line
from service.usecases.loan.plan_payment import PaymentPlan
from service.usecases.loan.post_event import post_once
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.post_payments import Receipt
from service.usecases.loan.purchase import purchase
from service.usecases.loan.register_borrower import register_borrower

TABLE = Path(__file__).resolve().parents[3] / "service" / "policy" / "products.toml"
CAPS = parse_price_caps(tomllib.loads(TABLE.with_name("price_caps.toml").read_text()))
NO_CAPS = replace(CAPS, rows=())  # for products that nobody would lend
PRODUCTS: Products = parse_products(tomllib.loads(TABLE.read_text()))
BORROWER = "b-1"
FRIDGE = "l-fridge"
CASH = "l-cash"
SHOPPING = "l-shopping"
# Of random lives in a database.
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI)


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction that leaves nothing, so that every example begins with an empty ledger."""
    with database.engine.connect() as conn:
        yield conn
        conn.rollback()


def borrow(
    conn: Connection,
    *,
    borrower_id: str = BORROWER,
    loan_id: str = FRIDGE,
    product_code: str = "appliance",
    principal_fen: int = 600_000,
    periods: int = 12,
    on: date = date(2026, 7, 18),
    limit_fen: int = 2_000_000,
) -> LoanState:
    """6,000 yuan at 14.4 % in 12 equal instalments from 2026-07-18, unless told otherwise."""
    now = noon(on)
    register_borrower(conn, borrower_id=borrower_id, name="云小满", phone="19900000001", now=now)
    open_line(conn, borrower_id=borrower_id, product_code=product_code, limit_fen=limit_fen, now=now, products=PRODUCTS)
    return disburse(
        conn,
        price_caps=CAPS,
        loan_id=loan_id,
        borrower_id=borrower_id,
        product_code=product_code,
        principal_fen=principal_fen,
        periods=periods,
        disbursed_on=on,
        purpose=f"分期·{loan_id}",
        products=PRODUCTS,
        now=now,
    )


def open_shopping(
    conn: Connection,
    *,
    loan_id: str = SHOPPING,
    on: date = date(2026, 7, 18),
    statement_day: int = 5,
    limit_fen: int = 2_000_000,
) -> LoanState:
    """An account whose statements are made on the 5th and due 20 days later, unless told otherwise."""
    now = noon(on)
    register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=now)
    open_line(conn, borrower_id=BORROWER, product_code="shopping", limit_fen=limit_fen, now=now, products=PRODUCTS)
    return open_account(
        conn,
        loan_id=loan_id,
        borrower_id=BORROWER,
        product_code="shopping",
        statement_day=statement_day,
        opened_on=on,
        purpose=f"购物账户·{loan_id}",
        products=PRODUCTS,
        price_caps=CAPS,
        now=now,
    )


def buy_on(
    conn: Connection, day: date, amount_fen: int, *, purchase_id: str | None = None, loan_id: str = SHOPPING
) -> None:
    purchase(
        conn,
        purchase_id=purchase_id or f"b-{day}-{amount_fen}",
        loan_id=loan_id,
        amount_fen=amount_fen,
        on=day,
        what="样例",
        by="sandbox",
        now=noon(day),
    )


def pay_on(
    conn: Connection,
    day: date,
    amount_fen: int,
    *,
    payment_id: str | None = None,
    borrower_id: str = BORROWER,
    shares: PaymentPlan | tuple[Share, ...] | None = None,
) -> Receipt:
    return post_payment(
        conn,
        payment_id=payment_id or f"p-{day}-{amount_fen}",
        borrower_id=borrower_id,
        plan_or_shares=shares,
        amount_fen=amount_fen,
        paid_at=noon(day),
        channel="sandbox",
        now=noon(day),
    )


def book_of(conn: Connection, borrower_id: str = BORROWER) -> Book:
    """The book as stored, with settled loans."""
    book = load_book(conn, borrower_id, settled=True)
    assert book is not None
    return book


def rows(conn: Connection) -> int:
    """How many journal lines there are."""
    return len(conn.execute(select(tables.journal_line.c.no)).all())


def assert_projection_is_the_journal(conn: Connection, borrower_id: str = BORROWER) -> Balances:
    """Every stored balance equals a replay of the journal from nothing."""
    book = book_of(conn, borrower_id)
    balances = replay(journal_of(conn, borrower_id))
    assert balances.suspense_fen == book.suspense_fen >= 0
    assert balances.refund_claim_fen == book.refund_claim_fen >= 0
    assert not (book.suspense_fen and book.refund_claim_fen), "what is held gives back refunds first"
    assert (book.refund_claim_since is None) == (book.refund_claim_fen == 0)
    for loan in book.loans:
        for one in loan.instalments:
            said = balances.instalments[loan.id, one.no]
            assert (said.principal_fen, said.principal_paid_fen) == (one.principal_fen, one.principal_paid_fen)
            assert (said.interest_recognised_fen, said.interest_paid_fen) == (
                one.recognised_interest_fen,
                one.interest_paid_fen,
            )
            assert (said.penalty_fen, said.penalty_paid_fen) == (one.penalty_fen, one.penalty_paid_fen)
            assert (said.fee_fen, said.fee_paid_fen) == (one.fee_fen, one.fee_paid_fen)
            is_open = loan.card is not None and one is loan.instalments[-1]  # a cycle is not done before its statement
            assert (one.paid_on is not None) == (one.unpaid_fen == 0 and not is_open)
            assert min(one.due.fee_fen, one.due.penalty_fen, one.due.interest_fen, one.due.principal_fen) >= 0
            assert one.interest_paid_fen <= one.recognised_interest_fen <= one.interest_fen
        assert (loan.status == "settled") == (loan.unpaid_principal_fen == 0 and not loan.unpaid)
        assert sum(one.principal_fen for one in loan.instalments) == loan.principal_fen
    return balances


def somebody_waits_for(holder: Connection, database: Database) -> bool:
    """Whether another transaction of PostgreSQL waits for a lock that `holder` has."""
    mine = holder.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with database.reading() as conn:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
        return bool(conn.exec_driver_sql(asked, (mine,)).scalar_one())


def plan_on(conn: Connection, loan_id: str, day: date, *parts: Part, borrower_id: str = BORROWER) -> None:
    """A hardship plan is agreed, with three days of grace and without penalty interest."""
    agreed = PlanAgreed(loan_id, f"plan-{loan_id}", parts, 3, stops_penalty=True)
    post_once(conn, borrower_id=borrower_id, key=f"plan-{loan_id}", body=agreed, by="组长", on=day, now=noon(day))

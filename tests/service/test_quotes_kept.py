"""Quotes confirmed at the same moment, kept by the database, and named for one loan."""

# ruff: noqa: F811
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.db import payment
from service.db import quote as quotes
from service.db.engine import Database
from service.db.tables.payment import payment_order
from service.db.tables.quote import quote
from service.domain.days import business_date
from service.domain.errors import Refused
from service.domain.loan.quote import Quote
from service.usecases.loan.disburse import disburse
from service.usecases.loan.make_quote import Wish, make_quote
from service.usecases.loan.start_payment import start_payment
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import CAPS, assert_projection_is_the_journal, book_of
from tests.service.paying import BORROWER, Unheard, World, lend, products
from tests.service.quoting import LOAN, ask, look, orders, silent, told  # noqa: F401  fixtures


def at_once(work: Any, times: int = 8) -> list[Any]:
    together = Barrier(times)

    def one(number: int) -> Any:
        together.wait(10)
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_confirmations_of_one_quote_at_the_same_moment_make_one_order(
    postgres_database: Database, clock: FrozenClock
) -> None:
    lend(postgres_database, clock=clock)
    for number in range(5):
        fen = 1_000 + number
        made = make_quote(postgres_database, borrower_id=BORROWER, wish=Wish("amount", fen), clock=clock)

        def confirm(worker: int, made: Quote = made, number: int = number) -> str:
            try:
                return start_payment(
                    postgres_database,
                    conversation_id="c",
                    borrower_id=BORROWER,
                    quote_id=made.id,
                    key=f"{number}-{worker}",
                    gateway=Unheard(),
                    clock=clock,
                ).id
            except Refused as refusal:
                return refusal.code

        answers = at_once(confirm)
        assert sorted(answers)[1:] == ["quote_used"] * 7, answers
        with postgres_database.transaction() as conn:
            kept = payment.by_quote(conn, made.id)
            assert [one.amount_fen for one in kept] == [fen]
            conn.execute(payment_order.update().values(state="failed", quote_released_at=clock.now()))


def test_confirming_by_quote_and_by_kind_at_once_makes_one_order_and_no_deadlock(
    postgres_database: Database, clock: FrozenClock
) -> None:
    lend(postgres_database, clock=clock)
    made = make_quote(postgres_database, borrower_id=BORROWER, wish=Wish("amount", 1_000), clock=clock)

    def confirm(worker: int) -> str:
        wish: dict[str, Any] = {"quote_id": made.id} if worker % 2 else {"kind": "amount", "amount_fen": 1_000}
        try:
            start_payment(
                postgres_database,
                conversation_id="c",
                borrower_id=BORROWER,
                **wish,
                key=f"k{worker}",
                gateway=Unheard(),
                clock=clock,
            )
        except Refused as refusal:
            return refusal.code
        return "started"

    answers = at_once(confirm)
    assert answers.count("started") == 1
    assert set(answers) <= {"started", "quote_used", "payment_pending"}


def test_the_same_question_at_the_same_moment_is_one_quote(postgres_database: Database, clock: FrozenClock) -> None:
    lend(postgres_database, clock=clock)
    for fen in range(1_000, 1_005):
        wish = Wish("amount", fen)
        made = at_once(lambda _, wish=wish: make_quote(postgres_database, borrower_id=BORROWER, wish=wish, clock=clock))
        assert len({one.id for one in made}) == 1
    with postgres_database.reading() as conn:
        assert len(conn.execute(select(quote.c.id)).all()) == 5


def test_the_database_itself_lets_one_quote_hold_one_order(silent: World) -> None:
    """Should the code above it ever be wrong."""
    quoted = told(silent, kind="amount", amount_fen=20_000)
    order = silent.pay(quote_id=quoted["quote_id"]).json()
    silent.tell(order["order_id"], state="succeeded", amount_fen=20_000)
    with silent.database.reading() as conn:
        row = dict(conn.execute(select(payment_order)).mappings().one())
    with pytest.raises(IntegrityError), silent.database.transaction() as conn:
        conn.execute(insert(payment_order), row | {"id": "pay-2", "key": "k2"})


REPLACING = """INSERT OR REPLACE INTO quote
    SELECT id, borrower_id, kind, business_date, 1, valid_until, content, hash, issue, created_at FROM quote"""


# Each database has a way of its own to lose a row.
LOSING = {"sqlite": REPLACING, "postgresql": "TRUNCATE quote CASCADE"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quote SET amount_fen = 1",
        "UPDATE quote SET content = replace(content, '0', '1')",
        "UPDATE quote SET hash = 'x' WHERE 1 = 1",
        "UPDATE quote SET valid_until = '2036-01-01'",
        "DELETE FROM quote",
        LOSING,
    ],
)
def test_the_database_refuses_to_change_or_lose_a_quote(silent: World, statement: str | dict[str, str]) -> None:
    quoted = told(silent, kind="bill")
    said = statement if isinstance(statement, str) else statement[silent.database.engine.dialect.name]
    with pytest.raises(DBAPIError, match="quote is append-only"), silent.database.transaction() as conn:
        conn.execute(text(said))
    assert look(silent, quoted["quote_id"]).json() == quoted


def test_a_row_changed_behind_the_triggers_is_no_quote_any_more(silent: World) -> None:
    quoted = told(silent, kind="bill")
    cheaper = {"old": f'"amount_fen":{quoted["amount_fen"]}', "new": '"amount_fen":1'}
    with silent.database.transaction() as conn:
        if silent.database.engine.dialect.name == "sqlite":
            conn.execute(text("DROP TRIGGER quote_refuses_update"))
        else:
            conn.execute(text("DROP TRIGGER quote_append_only ON quote"))
        conn.execute(text("UPDATE quote SET content = replace(content, :old, :new)"), cheaper)
    for answer in (silent.pay(quote_id=quoted["quote_id"]), look(silent, quoted["quote_id"])):
        assert (answer.status_code, answer.json()["code"]) == (404, "quote_unknown")
    assert orders(silent) == []


@pytest.fixture
def two_due(silent: World) -> World:
    """A second loan, due on the same day as the first."""
    now = silent.clock.now()
    with silent.database.transaction() as conn:
        disburse(
            conn,
            price_caps=CAPS,
            loan_id="second",
            borrower_id=BORROWER,
            product_code="appliance",
            principal_fen=120_000,
            periods=12,
            disbursed_on=business_date(now) - timedelta(days=36),
            purpose="家电分期·小熊烤箱",
            products=products(),
            now=now,
        )
    return silent


def test_a_sum_that_was_meant_for_a_loan_goes_to_that_loan_first(two_due: World) -> None:
    by_age = told(two_due, kind="amount", amount_fen=5_000)
    found = told(two_due, kind="amount", amount_fen=5_000, loan_id="second")
    assert [one["loan_id"] for one in by_age["shares"]] == [LOAN]
    assert [(one["loan_id"], one["amount_fen"]) for one in found["shares"]] == [("second", 5_000)]
    assert found["quote_id"] != by_age["quote_id"]
    order = two_due.pay(quote_id=found["quote_id"]).json()
    two_due.tell(order["order_id"], state="succeeded", amount_fen=5_000)
    with two_due.database.reading() as conn:
        assert_projection_is_the_journal(conn, BORROWER)
        book = book_of(conn, BORROWER)
    paid = {one.id: sum(row.received_fen for row in one.instalments) for one in book.loans}
    assert paid == {LOAN: 0, "second": 5_000}


def test_what_the_named_loan_cannot_take_yet_pays_what_else_is_due(two_due: World) -> None:
    due = {one["loan_id"]: one["unpaid_fen"] for one in told(two_due, kind="bill")["items"]}
    found = told(two_due, kind="amount", amount_fen=due["second"] + 700, loan_id="second")
    assert [(one["loan_id"], one["amount_fen"]) for one in found["shares"]] == [("second", due["second"]), (LOAN, 700)]
    every = told(two_due, kind="amount", amount_fen=sum(due.values()) + 900, loan_id="second")
    assert every["to_suspense_fen"] == 900
    assert ask(two_due, kind="amount", amount_fen=100, loan_id="nobody's").json()["code"] == "loan_unknown"


def test_to_the_fen_its_price_a_named_loan_is_settled(two_due: World) -> None:
    price = told(two_due, kind="payoff", loan_id="second")["amount_fen"]
    found = told(two_due, kind="amount", amount_fen=price, loan_id="second")
    with two_due.database.reading() as conn:
        offer = quotes.by_id(conn, found["quote_id"])
    assert offer is not None
    assert [(one.loan_id, one.settles) for one in offer.offer.shares] == [("second", True)]

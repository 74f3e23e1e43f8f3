"""The process dies in the middle: at every statement and every commit of a payment, an order and a close of day.

Whatever was not committed is not there, the books balance at every such moment, and the same request again ends
where an undisturbed run ends. Once by an exception at the n-th moment for every n, on SQLite; at a few of them by
kill −9 of a process of its own, on SQLite and PostgreSQL. Run as a module this file is that process.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, select

from service.db.engine import Database
from service.db.tables import loan as tables
from service.db.tables import metadata
from service.db.tables import payment as orders
from service.domain.errors import InProgress
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, PaymentCallback
from service.usecases.loan import close_day as closing
from service.usecases.loan.close_day import close_day
from service.usecases.loan.plan_payment import PaymentKind, plan_payment
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.loan.start_payment import ASKS_FOR_AT_MOST, start_payment
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, assert_projection_is_the_journal, book_of, borrow, noon, pay_on

TODAY = date(2026, 11, 25)
CLOCK = FrozenClock(noon(TODAY))
BORROWERS = (BORROWER, "b-2", "b-3")
KEY = "c:m:repay"


class Died(BaseException):
    """Nothing in the service may catch it, as nothing catches a power cut."""


class Gateway:
    """Takes every order and says nothing more; what was asked of it survives our death."""

    asked: set[str]

    def __init__(self) -> None:
        self.asked = set()

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int) -> GatewayAnswer:
        self.asked.add(order_id)
        return GatewayAnswer(GatewayState.PENDING, reference=f"gw-{order_id}")

    def query(self, *, order_id: str) -> GatewayAnswer:
        return GatewayAnswer(GatewayState.PENDING)


def prepared(database: Database) -> None:
    """Three borrowers: two loans of which one is overdue, one overdue with a deposit used up, one in time."""
    with database.transaction() as conn:
        borrow(conn)
        borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 10, 28))
        for number, borrower_id in enumerate(BORROWERS[1:], 2):
            borrow(conn, borrower_id=borrower_id, loan_id=f"l-{number}", on=date(2026, 7, 20 + number))
        pay_on(conn, date(2026, 8, 18), 60_000, payment_id="p-early")
        pay_on(conn, date(2026, 8, 22), 90_000, borrower_id="b-2", payment_id="p-deposit")


def post_a_payment(database: Database) -> None:
    with database.transaction() as conn:
        pay_on(conn, TODAY, 200_000, payment_id="p-1")


def settle_everything(database: Database) -> None:
    """A plan is made, and paid; the price includes taking back interest."""
    with database.transaction() as conn:
        plan = plan_payment(conn, borrower_id="b-2", kind="all", today=date(2026, 8, 30))
        pay_on(conn, date(2026, 8, 30), plan.amount_fen, borrower_id="b-2", payment_id="p-all", shares=plan)


def post_late(database: Database) -> None:
    """Ages to today, then money of September arrives: penalty is taken back and charged anew."""
    with database.transaction() as conn:
        pay_on(conn, TODAY, 1, payment_id="p-now")
        pay_on(conn, date(2026, 9, 18), 130_000, payment_id="p-late")


def start(database: Database, kind: PaymentKind) -> Order:
    """Whoever asks again while the first request may still be at the gateway is told to wait, and does."""
    asked = {"conversation_id": "c", "borrower_id": BORROWER, "kind": kind, "key": KEY, "gateway": Gateway()}
    try:
        return start_payment(database, clock=CLOCK, **asked)  # type: ignore[arg-type]
    except InProgress:
        later = FrozenClock(CLOCK.now() + ASKS_FOR_AT_MOST)
        return start_payment(database, clock=later, **asked)  # type: ignore[arg-type]


def pay_through_the_gateway(database: Database) -> None:
    """start_payment and settle_payment with one key: asked, called back, called back again."""
    order = start(database, "minimum")
    told = PaymentCallback("cb-1", order.id, succeeded=True, amount_fen=order.amount_fen, reference="gw", paid_at=None)
    settle_payment(database, callback=told, clock=CLOCK)
    settle_payment(database, callback=told, clock=CLOCK)


def fail_at_the_gateway(database: Database) -> None:
    """The gateway says no, then takes the money after all: posted, once."""
    order = start(database, "bill")
    for number, succeeded in enumerate((False, True)):
        told = PaymentCallback(f"cb-{number}", order.id, succeeded=succeeded, amount_fen=order.amount_fen)
        settle_payment(database, callback=told, clock=CLOCK)


def close_two_days(database: Database) -> None:
    for ahead in (1, 0):
        close_day(database, business_date=TODAY - timedelta(days=ahead), clock=CLOCK)


WORKS: dict[str, Callable[[Database], None]] = {
    work.__name__: work
    for work in (
        post_a_payment,
        settle_everything,
        post_late,
        pay_through_the_gateway,
        fail_at_the_gateway,
        close_two_days,
    )
}


@contextmanager
def dying(database: Database, moment: int, death: Callable[[], None]) -> Iterator[list[str]]:
    """Counts statements and commits; before the one with number `moment` (from 1) comes `death`."""
    seen: list[str] = []

    def count(what: str) -> None:
        seen.append(what)
        if len(seen) == moment:
            death()

    def statement(_conn: Any, _cursor: Any, text: str, *_: Any) -> None:
        count(text.split("\n")[0][:60])

    def commit(_conn: Any) -> None:
        count("COMMIT")

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", statement)
        event.remove(database.engine, "commit", commit)


def all_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the ledger, without what merely counts rows."""
    found = {}
    with database.reading() as conn:
        for table in metadata.sorted_tables:
            if table.name in LEDGER:
                columns = [one for one in table.c if (table.name, one.name) not in COUNTERS]
                found[table.name] = sorted(map(tuple, conn.execute(select(*columns)).all()), key=repr)
    return found


LEDGER = {one.name for one in vars(tables).values() if isinstance(one, Table)}
LEDGER |= {orders.payment_order.name, orders.payment_callback.name}
# day_close.counts are those of the run that finished the day, which after a crash is not all that was aged
COUNTERS = {("journal_entry", "id"), ("journal_line", "entry_id"), ("ledger_event", "id"), ("day_close", "counts")}
COUNTERS |= {("journal_entry", "reverses_id"), ("ageing_tag", "id")}


def assert_whole(database: Database) -> None:
    """The journal says what the balances say, a payment is in both of its places or in none, and nothing is doubled."""
    with database.reading() as conn:
        for borrower_id in BORROWERS:
            balances = assert_projection_is_the_journal(conn, borrower_id)
            book = book_of(conn, borrower_id)
            got = select(tables.receipt.c.amount_fen).where(tables.receipt.c.borrower_id == borrower_id)
            paid = sum(conn.execute(got).scalars())
            assert balances.cash_fen == paid - sum(loan.principal_fen for loan in book.loans)
        receipts = set(conn.execute(select(tables.receipt.c.payment_id)).scalars())
        keys = select(tables.ledger_event.c.event_key).where(tables.ledger_event.c.kind == "paid")
        assert {key.removeprefix("payment:") for key in conn.execute(keys).scalars()} == receipts
        done = select(orders.payment_order.c.id).where(orders.payment_order.c.state == "succeeded")
        assert set(conn.execute(done).scalars()) == {one for one in receipts if one.startswith("pay-")}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Databases that are all alike: the prepared one, copied."""
    first = Database(f"sqlite:///{tmp_path / 'first.db'}")
    metadata.create_all(first.engine)
    prepared(first)
    first.close()
    made: list[Database] = []

    def copy() -> Database:
        while made:
            made.pop().close()
        path = shutil.copy(tmp_path / "first.db", tmp_path / f"{uuid.uuid4().hex}.db")
        made.append(Database(f"sqlite:///{path}"))
        return made[0]

    yield copy
    for database in made:
        database.close()


@pytest.mark.parametrize("name", WORKS)
def test_it_may_die_at_every_statement_and_the_next_try_ends_the_same(
    name: str, fresh: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "CHUNK", 2)  # so that a close of three borrowers has two transactions
    work, calm = WORKS[name], fresh()

    def die() -> None:
        raise Died

    with dying(calm, 0, die) as moments:
        work(calm)
    expected = all_of(calm)
    assert_whole(calm)
    assert len(moments) > 8
    for moment in range(1, len(moments) + 1):
        database = fresh()
        where = f"{name}: died before {moment} of {len(moments)}: {moments[moment - 1]}"
        with pytest.raises(Died), dying(database, moment, die):
            work(database)
        assert_whole(database)
        work(database)
        assert all_of(database) == expected, where


@pytest.mark.parametrize("name", WORKS)
def test_dying_in_the_first_transaction_leaves_nothing(name: str, fresh: Callable[[], Database]) -> None:
    before = all_of(fresh())
    for moment in range(1, 100):
        database = fresh()

        def die() -> None:
            raise Died

        with dying(database, moment, die) as moments, pytest.raises(Died):
            WORKS[name](database)
        assert all_of(database) == before, f"{name}: {moments}"
        if moments[-1] == "COMMIT":
            return
    pytest.fail("there was no commit")


@pytest.mark.parametrize("name", ["pay_through_the_gateway", "close_two_days"])
@pytest.mark.parametrize("moment", ["INSERT INTO journal_line", "UPDATE loan ", "COMMIT"])
def test_a_killed_process_leaves_all_or_nothing(name: str, moment: str, database: Database) -> None:
    """kill −9: no handler runs, no rollback is sent; what the database recovers is what counts."""
    prepared(database)
    command = [sys.executable, "-m", __name__, database.url, name, moment]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert_whole(database)
    WORKS[name](database)
    assert_whole(database)
    again = all_of(database)
    WORKS[name](database)
    assert all_of(database) == again


def main(url: str, name: str, moment: str) -> None:
    """Does the work on the database at `url` and kills itself before the first statement that begins so."""
    database = Database(url)

    def look(what: str) -> None:
        if what.startswith(moment):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", lambda _conn, _cursor, text, *_: look(text))
    event.listen(database.engine, "commit", lambda _conn: look("COMMIT"))
    WORKS[name](database)


if __name__ == "__main__":
    main(*sys.argv[1:])

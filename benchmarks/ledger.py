"""What the ledger costs beside what the database alone costs: schedules, payments, the close of a day.

Payments are compared with the very rows they write, written by bare SQL with the same commits in the same run; a
close of day with the cheapest UPDATE of all its loans. Everything happens in a file and a schema of its own, which
are removed. Prints ratios: the times are this machine's, the ratios travel. `python -m benchmarks.ledger [loans]`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, insert, text, update

from service.db.engine import Database
from service.db.tables import loan as tables
from service.db.tables import metadata
from service.db.tables import payment as _orders  # noqa: F401  registers them
from service.domain.loan.origination import originate
from service.domain.loan.schedule import build_schedule
from service.usecases.loan.close_day import close_day
from service.usecases.ports import FrozenClock
from tests.conftest import POSTGRES
from tests.service.loan.ledger import PRODUCTS, borrow, noon, pay_on

LOANS = 20_000
SCHEDULES = 2_000
BORROWERS, BLOCK, BLOCKS = 20, 40, 7
START = date(2026, 7, 18)
DUE = date(2026, 8, 18)
Write = tuple[str, Any, bool]  # statement, parameters, whether there are many of them


def timed(what: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


@contextmanager
def sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        metadata.create_all(database.engine)
        yield database
        database.close()


@contextmanager
def postgres() -> Iterator[Database]:
    schema = f"bench_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE SCHEMA {schema}"))
        database = Database(f"{POSTGRES}?options=-csearch_path%3D{schema}")
        try:
            metadata.create_all(database.engine)
            yield database
        finally:
            database.close()
            conn.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


def schedules() -> None:
    for code in ("appliance", "cash", "home"):
        product = PRODUCTS[code]
        periods = 12
        terms = product.terms(principal_fen=600_000, periods=periods, start_on=START)
        seconds = timed(lambda terms=terms: [build_schedule(terms) for _ in range(SCHEDULES)])
        each = f"{product.method.value}, {product.day_count.value}, {periods} periods"
        print(f"schedules   {each:42} {SCHEDULES / seconds:8.0f} a second")


def lend(database: Database) -> None:
    with database.transaction() as conn:
        for number in range(BORROWERS):
            borrow(conn, borrower_id=f"b-{number}", loan_id=f"l-{number}", on=START)


def pay(database: Database, number: int) -> None:
    """A part of an overdue instalment, a week after its due date and later."""
    with database.transaction() as conn:
        day = DUE + timedelta(7 + number // BORROWERS)
        pay_on(conn, day, 10_000 + number, payment_id=f"p-{number}", borrower_id=f"b-{number % BORROWERS}")


def pay_block(database: Database, block: int) -> None:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        pay(database, number)


def writes_of_payments(database: Database) -> list[list[Write]]:
    """Makes the payments once and returns what each wrote; reads and locks are left out."""
    units: list[list[Write]] = []

    def statement(_conn: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if sql.startswith(("INSERT", "UPDATE")):
            units[-1].append((sql, parameters, isinstance(parameters, list)))

    event.listen(database.engine, "before_cursor_execute", statement)
    for number in range(BLOCK * BLOCKS):
        units.append([])
        pay(database, number)
    event.remove(database.engine, "before_cursor_execute", statement)
    return units


def write_bare(database: Database, units: list[list[Write]]) -> None:
    """The same rows through the driver, one commit a payment, as the ledger does it."""
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    for unit in units:
        if database.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        for sql, parameters, many in unit:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
        raw.commit()
    raw.close()


def payments(name: str, make: Callable[[], Any]) -> None:
    with ExitStack() as stack:
        recorded, ours, bare = (stack.enter_context(make()) for _ in range(3))
        for database in (recorded, ours, bare):
            lend(database)
        units = writes_of_payments(recorded)
        ledger, driver = [], []
        for block in range(BLOCKS):  # in turns, so that a busy moment of the machine meets both
            ledger.append(timed(lambda block=block: pay_block(ours, block)))
            part = units[block * BLOCK : (block + 1) * BLOCK]
            driver.append(timed(lambda part=part: write_bare(bare, part)))
    ratio = statistics.median(one / other for one, other in zip(ledger[1:], driver[1:], strict=True))
    a_second, bare_second = BLOCK / statistics.median(ledger[1:]), BLOCK / statistics.median(driver[1:])
    print(f"payments    {name:10} {a_second:8.0f} a second, bare {bare_second:8.0f}   {ratio:6.1f} × bare SQL")


def seed(database: Database, loans: int) -> None:
    """As many borrowers with a loan each, through the tables: the ledger's own way would take minutes."""
    shape = originate(
        PRODUCTS["appliance"],
        loan_id="l",
        borrower_id="b",
        credit_line_id="c",
        principal_fen=300_000,
        periods=3,
        disbursed_on=START,
        due_day=None,
        purpose="分期",
        products_version=PRODUCTS.version,
    )
    head = asdict(shape) | {"allocation_order": ",".join(shape.allocation_order), "created_at": noon(START)}
    parts = head.pop("instalments")
    line = {"product_code": "appliance", "product_name": "家电分期", "brand": "云", "scene": "家电", "limit_fen": 10**7}
    line |= {"status": "active", "created_at": noon(START)}
    person = {"name": "样", "phone": "19900000000", "created_at": noon(START)}
    for first in range(0, loans, 2_000):
        ids = [f"{number:07d}" for number in range(first, min(first + 2_000, loans))]
        with database.transaction() as conn:
            conn.execute(insert(tables.borrower), [person | {"id": one} for one in ids])
            conn.execute(insert(tables.credit_line), [line | {"id": one, "borrower_id": one} for one in ids])
            owned = {"id", "borrower_id", "credit_line_id"}
            conn.execute(insert(tables.loan), [head | dict.fromkeys(owned, one) for one in ids])
            conn.execute(insert(tables.instalment), [part | {"loan_id": one} for one in ids for part in parts])
            conn.execute(
                insert(tables.ageing_tag), [{"loan_id": one, "bucket": "M0", "entered_on": START} for one in ids]
            )


def cheapest(database: Database, day: date) -> None:
    loan = tables.loan.c
    with database.transaction() as conn:
        conn.execute(update(tables.loan).values(days_past_due=loan.days_past_due + 1, aged_on=day))


def closes(name: str, make: Callable[[], Any], loans: int) -> None:
    """Every loan is overdue: the hardest day (all change their bucket) and the one after it."""
    with make() as database:
        seed(database, loans)
        first = DUE + timedelta(10)
        seconds = []
        for day in (first, first + timedelta(1)):
            started = time.perf_counter()
            done = close_day(database, business_date=day, clock=FrozenClock(noon(day)))
            seconds.append(time.perf_counter() - started)
            assert (done.aged, done.failures) == (loans, ())
        least = statistics.median(timed(lambda: cheapest(database, first)) for _ in range(3))
    for what, taken in zip(("all become late", "the day after"), seconds, strict=True):
        each = f"{taken:6.1f} s, {taken / loans * 1000:5.2f} ms a loan"
        print(f"close_day   {name:10} {loans} loans, {what:16} {each}   {taken / least:6.1f} × one UPDATE")


def main() -> None:
    loans = int(sys.argv[1]) if len(sys.argv) > 1 else LOANS
    schedules()
    for name, make in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        payments(name, make)
    for name, make in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        closes(name, make, loans)


if __name__ == "__main__":
    main()

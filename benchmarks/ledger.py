"""What the ledger costs beside what the database alone costs: schedules and payments.

Payments, one by one and in batches, are compared with the very rows they write, written by bare SQL in the same
statements with the same commits in the same run.
Everything happens in a file and a schema of its own, which are removed. Prints ratios: the times are this machine's,
the ratios travel. `python -m benchmarks.ledger`; the close of a day is `benchmarks.close_day`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.databases import postgres, sqlite, there_is_postgres, timed
from service.db.engine import Database
from service.domain.loan.schedule import build_schedule
from service.memory import look_seldom
from service.usecases.loan.post_payments import Payment, Receipt, post_payments
from tests.service.loan.ledger import PRODUCTS, borrow, noon

SCHEDULES = 2_000
BORROWERS, BLOCK, BLOCKS = 300, 300, 4
START = date(2026, 7, 18)
DUE = date(2026, 8, 18)
Write = tuple[str, Any, bool]  # statement, parameters, whether there are many of them


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


def payment(number: int) -> Payment:
    """A part of an overdue instalment, a week after its due date and later."""
    day = DUE + timedelta(7 + number // BORROWERS)
    return Payment(f"p-{number}", f"b-{number % BORROWERS}", 10_000 + number, noon(day), "sandbox")


def pay_block(database: Database, block: int, *, each: int) -> None:
    """A block of payments, `each` of them in a transaction."""
    for first in range(block * BLOCK, (block + 1) * BLOCK, each):
        with database.transaction() as conn:
            part = [payment(number) for number in range(first, first + each)]
            answers = post_payments(conn, part, now=part[-1].paid_at)
            assert all(isinstance(one, Receipt) for one in answers)


def writes_of_payments(database: Database, *, each: int) -> list[list[list[Write]]]:
    """Makes the payments once and returns what each transaction wrote, by block; reads and locks are left out."""
    units: list[list[list[Write]]] = []

    def statement(_conn: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if sql.startswith(("INSERT", "UPDATE")):
            units[-1][-1].append((sql, parameters, isinstance(parameters, list)))

    def begun(_conn: Any) -> None:
        units[-1].append([])

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "begin", begun)
    for block in range(BLOCKS):
        units.append([])
        pay_block(database, block, each=each)
    event.remove(database.engine, "before_cursor_execute", statement)
    event.remove(database.engine, "begin", begun)
    return units


def write_bare(database: Database, units: list[list[Write]]) -> None:
    """The same rows through the driver, in the same statements, with the same commits."""
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    driver: Any = raw.driver_connection
    for unit in units:
        if database.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        with driver.pipeline() if database.engine.dialect.name == "postgresql" else nullcontext():  # as ours are sent
            for sql, parameters, many in unit:
                (cursor.executemany if many else cursor.execute)(sql, parameters)
        raw.commit()
    raw.close()


def payments(name: str, make: Callable[[], Any], *, each: int) -> None:
    with ExitStack() as stack:
        recorded, ours, bare = (stack.enter_context(make()) for _ in range(3))
        for database in (recorded, ours, bare):
            lend(database)
        units = writes_of_payments(recorded, each=each)
        ledger, driver = [], []
        for block in range(BLOCKS):  # in turns, so that a busy moment of the machine meets both
            ledger.append(timed(lambda block=block: pay_block(ours, block, each=each)))
            driver.append(timed(lambda part=units[block]: write_bare(bare, part)))
    ratio = statistics.median(one / other for one, other in zip(ledger[1:], driver[1:], strict=True))
    a_second, bare_second = BLOCK / statistics.median(ledger[1:]), BLOCK / statistics.median(driver[1:])
    speeds = f"{a_second:6.0f} a second, bare {bare_second:6.0f}"
    print(f"payments    {name:10} {each:3} a commit {speeds}   {ratio:6.1f} × bare SQL")


def main() -> None:
    look_seldom()  # as every process of the service does
    schedules()
    for each in (1, BLOCK):
        payments("SQLite", sqlite, each=each)
    if there_is_postgres():
        for each in (1, BLOCK):
            payments("PostgreSQL", postgres, each=each)
    else:
        print("payments    PostgreSQL is not running here")


if __name__ == "__main__":
    main()

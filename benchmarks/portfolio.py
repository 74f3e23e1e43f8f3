"""Made-up portfolios as they stand on the evening before a day is closed, a borrower a loan.

A few loans are lived through by the domain, then copied by the database: hundreds of thousands take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, cast, delete, insert, literal, select, text

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.days import month_later
from service.domain.loan.accrual import age
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book
from service.domain.loan.origination import originate
from tests.service.loan.ledger import PRODUCTS, noon

DAY = date(2026, 9, 18)  # the day to be closed
FIRST = 10_000_000  # ids are numbers from here on, so that all are of one length
MULTIPLE = 7_919  # a prime: neighbours are of different kinds
PART = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """How many of a thousand loans have their first unpaid due date so many days before DAY (negative: after)."""

    of_1000: int
    late: int
    suspense_fen: int = 0
    paused: bool = False


def mixed() -> tuple[Kind, ...]:
    """Of 1000: 880 current with nothing due, 33 due today, 82 overdue up to 150 days (2 of them cross into
    non-accrual, 20 are in it), 3 with a deposit and something due, 2 overdue and paused."""
    current = [Kind(44, -days) for days in range(1, 21)]
    overdue = [Kind(2, days) for days in range(1, 21)] + [Kind(1, days) for days in range(22, 90, 3)][:18]
    nonaccrual = [Kind(2, days) for days in (91, 100, 110, 115, 120, 125, 130, 135, 140, 145, 148, 150)]
    special = [Kind(3, 0, suspense_fen=1_000), Kind(2, 40, paused=True)]
    return (*current, Kind(33, 0), *overdue, *nonaccrual, *special)


def all_overdue() -> tuple[Kind, ...]:
    """Everybody is 2 to 141 days late; of 1000, 7 cross into non-accrual and 13 change their bucket today."""
    return tuple(Kind(10, late) for late in range(2, 121, 2)) + tuple(Kind(10, late) for late in range(92, 142)[:40])


def lived(kind: Kind, *, loan_id: str) -> Book:
    """One loan of a kind, aged to the day before."""
    disbursed_on = month_later(DAY - timedelta(days=kind.late), -1, (DAY - timedelta(days=kind.late)).day)
    loan = originate(
        PRODUCTS["appliance"],
        loan_id=loan_id,
        borrower_id=loan_id,
        credit_line_id=loan_id,
        principal_fen=600_000,
        periods=6,
        disbursed_on=disbursed_on,
        due_day=(DAY - timedelta(days=kind.late)).day,
        purpose="分期",
        products_version=PRODUCTS.version,
    )
    if kind.paused:
        loan = replace(loan, pauses=(Pause("p", DAY - timedelta(days=5), DAY, "reason"),))
    book = age(Book(loan_id, 0, (loan,)), DAY - timedelta(days=1)).book if kind.late > 0 else Book(loan_id, 0, (loan,))
    return replace(book, suspense_fen=kind.suspense_fen)


_copy = MetaData()
_NUMBER = Table("bench_number", _copy, Column("n", BigInteger, primary_key=True), Column("template", String(16)))
_SLOT = Table("bench_slot", _copy, Column("slot", Integer, primary_key=True), Column("template", String(16)))


def seed(database: Database, loans: int, kinds: Sequence[Kind]) -> None:
    """Fill an empty database with so many loans of these kinds."""
    slots = [f"t-{number}" for number, kind in enumerate(kinds) for _ in range(kind.of_1000)]
    assert len(slots) == 1000, len(slots)
    with database.transaction() as conn:
        _copy.create_all(conn)
        conn.execute(insert(_SLOT), [{"slot": slot, "template": one} for slot, one in enumerate(slots)])
        for number, kind in enumerate(kinds):
            _add(conn, lived(kind, loan_id=f"t-{number}"))
    for first in range(0, loans, PART):
        with database.transaction() as conn:
            _copy_part(conn, first, min(first + PART, loans))
    with database.transaction() as conn:
        for table in (tables.ageing_tag, tables.instalment, tables.loan, tables.credit_line, tables.borrower):
            name = "loan_id" if "loan_id" in table.c else "id"
            conn.execute(delete(table).where(table.c[name].like("t-%")))
        _copy.drop_all(conn)
    settle(database)


def settle(database: Database) -> None:
    """As a database that has been in use for a while."""
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE"))


def _add(conn: Any, book: Book) -> None:
    loan, made = book.loans[0], noon(DAY)
    head = asdict(loan) | {"allocation_order": ",".join(loan.allocation_order), "created_at": made}
    parts = head.pop("instalments")
    pauses = [asdict(one) | {"starts_on": str(one.starts_on), "ends_on": str(one.ends_on)} for one in loan.pauses]
    person = {"id": loan.id, "name": "样", "phone": "19900000000", "created_at": made}
    line = {"id": loan.id, "borrower_id": loan.id, "product_code": "appliance", "product_name": "家电分期"}
    line |= {"brand": "云", "scene": "家电", "limit_fen": 10**7, "status": "active", "created_at": made}
    conn.execute(insert(tables.borrower), person | {"suspense_fen": book.suspense_fen})
    conn.execute(insert(tables.credit_line), line | {"version": 1, "freezes": []})
    conn.execute(insert(tables.loan), head | {"pauses": pauses or None})
    conn.execute(insert(tables.instalment), [part | {"loan_id": loan.id} for part in parts])
    conn.execute(
        insert(tables.ageing_tag), {"loan_id": loan.id, "bucket": loan.bucket, "entered_on": loan.disbursed_on}
    )


def _copy_part(conn: Any, first: int, end: int) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL session_replication_role = replica"))  # no checks while the portfolio is made
    conn.execute(delete(_NUMBER))
    conn.execute(
        text(
            "INSERT INTO bench_number WITH RECURSIVE counted(n) AS (SELECT CAST(:first AS BIGINT) UNION ALL "
            "SELECT n + 1 FROM counted WHERE n + 1 < :end) SELECT n, template FROM counted JOIN bench_slot "
            f"ON slot = n * {MULTIPLE} % 1000"
        ),
        {"first": first, "end": end},
    )
    mine = cast(_NUMBER.c.n + FIRST, String(64))
    for table, owned in (
        (tables.borrower, {"id"}),
        (tables.credit_line, {"id", "borrower_id"}),
        (tables.loan, {"id", "borrower_id", "credit_line_id"}),
        (tables.instalment, {"loan_id"}),
        (tables.ageing_tag, {"loan_id"}),
    ):
        key = table.c.loan_id if "loan_id" in table.c else table.c.id
        columns = [one for one in table.c if not (table is tables.ageing_tag and one.name == "id")]
        copied = select(*(mine if one.name in owned else one for one in columns)).where(key == _NUMBER.c.template)
        names = [one.name for one in columns]
        conn.execute(insert(table).from_select(names, copied.order_by(_NUMBER.c.n)))
    _copy_journal(conn, mine)


def _copy_journal(conn: Any, mine: Any) -> None:
    """Each loan's disbursement, in short: closes look up the entry before."""
    entry_id = _NUMBER.c.n + 1
    for no, account, fen in ((1, "principal", 600_000), (2, "cash", -600_000)):
        line = select(entry_id, literal(no), literal(account), mine, literal(1), literal(fen)).order_by(entry_id)
        names = ["entry_id", "no", "account", "loan_id", "instalment_no", "amount_fen"]
        conn.execute(insert(tables.journal_line).from_select(names, line))
    said = {"entry_key": literal("disbursement:") + mine, "kind": literal("disbursement"), "borrower_id": mine}
    said |= {"business_date": literal(DAY - timedelta(days=60)), "created_at": literal(noon(DAY)), "id": entry_id}
    said |= {"event_key": literal("disbursement:") + mine, "hash": literal("0" * 64)}
    head = select(*said.values()).select_from(_NUMBER).order_by(entry_id)
    conn.execute(insert(tables.journal_entry).from_select(list(said), head))
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT setval(pg_get_serial_sequence('journal_entry', 'id'), max(id)) FROM journal_entry"))

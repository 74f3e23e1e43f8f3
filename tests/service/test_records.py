"""What was decided about a person is kept as it was: the database refuses to change or delete it, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import date, datetime, timezone
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer, Table, inspect, text
from sqlalchemy.exc import DBAPIError

from service.db.engine import Database, UtcDateTime
from service.db.tables import metadata
from tests.fresh_databases import load_tables
from tests.service.test_migrations import migrated  # noqa: F401  a fixture

load_tables()
RECORDS = (
    "case_event",
    "autopay_event",
    "promise_event",
    "contact_terms_event",
    "contact_approval",
    "wechat_event",
    "channel_receipt",
    "experiment_exposure",
    "experiment_stop",
)
EVENTS = sorted(name for name in metadata.tables if name.endswith("_event"))


def value(kind: object) -> Any:
    if isinstance(kind, UtcDateTime):
        return datetime(2026, 11, 23, tzinfo=timezone.utc)
    if isinstance(kind, Date):
        return date(2026, 11, 23)
    if isinstance(kind, JSON):
        return {}
    return 1 if isinstance(kind, (BigInteger, Integer, Boolean)) else "x"


def add_row(database: Database, table: Table) -> None:
    """One row, whatever it should belong to."""
    row = {column.name: value(column.type) for column in table.columns if not column.nullable}
    if database.engine.dialect.name == "sqlite":
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        path = str(database.engine.url.database)
        with sqlite3.connect(path) as raw:  # where foreign keys are off
            plain = ["{}" if one == {} else one if isinstance(one, (int, str)) else str(one) for one in row.values()]
            raw.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", plain)
        raw.close()
        return
    with database.engine.begin() as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(table.insert().values(**row))


def refuses(database: Database, name: str) -> None:
    table = metadata.tables[name]
    add_row(database, table)
    column = list(table.columns)[-1].name
    for change in (f'UPDATE {name} SET "{column}" = "{column}"', f"DELETE FROM {name}"):
        with pytest.raises(DBAPIError, match=f"{name} is append-only"), database.transaction() as conn:
            conn.execute(text(change))
    if database.engine.dialect.name == "sqlite":
        cannot_be_replaced(database, table)
    with database.reading() as conn:
        assert conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 1


def cannot_be_replaced(database: Database, table: Table) -> None:
    """Not by any key of its own: SQLite would delete the row without asking the trigger that refuses to."""
    with sqlite3.connect(str(database.engine.url.database)) as raw:
        before = raw.execute(f"SELECT * FROM {table.name}").fetchall()
        last = list(table.columns)[-1].name
        chosen = ", ".join("'forged'" if one.name == last else f'"{one.name}"' for one in table.columns)
        with suppress(sqlite3.IntegrityError):  # or it passes over the row in silence
            raw.execute(f"INSERT OR REPLACE INTO {table.name} SELECT {chosen} FROM {table.name}")
        if [column.type.python_type for column in table.primary_key.columns] != [int]:  # SQLite numbers it besides
            others = [7 if isinstance(one.type, (BigInteger, Integer)) else "2027-01-02" for one in table.columns]
            names = ", ".join(f'"{one.name}"' for one in table.columns)
            by_number = f"INSERT OR REPLACE INTO {table.name} (rowid, {names}) VALUES (1{', ?' * len(others)})"
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(by_number, others)
        assert raw.execute(f"SELECT * FROM {table.name}").fetchall() == before
    raw.close()


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_neither_changed_nor_deleted(database: Database, name: str) -> None:
    refuses(database, name)


@pytest.mark.parametrize("name", ["ledger_event", "credit_line_event", "account_statement", "quote"])
def test_nor_is_the_ledger_replaced(sqlite_database: Database, name: str) -> None:
    table = metadata.tables[name]
    add_row(sqlite_database, table)
    cannot_be_replaced(sqlite_database, table)


@pytest.mark.parametrize("key", ["id", "entry_key", "reverses_id"])
def test_nor_an_entry_whose_lines_balance(sqlite_database: Database, key: str) -> None:
    """By none of its keys."""
    row = {"id": 3, "entry_key": "'k-3'", "reverses_id": 3}
    said = "kind, borrower_id, business_date, created_at, hash"
    with sqlite3.connect(str(sqlite_database.engine.url.database)) as raw:
        for entry_id in (1, 2, 3):
            lines = f"({entry_id}, 1, 'cash', 5), ({entry_id}, 2, 'suspense', -5)"
            raw.execute(f"INSERT INTO journal_line (entry_id, no, account, amount_fen) VALUES {lines}")
        add = "INSERT OR REPLACE INTO journal_entry (id, entry_key, reverses_id, {}) VALUES ({}, {}, {}, {})"
        raw.execute(add.format(said, 1, "'k-1'", 1, "'x', 'b', '2026-01-01', '2026-01-01', 'h'"))
        row[key] = 1 if key != "entry_key" else "'k-1'"
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(add.format(said, *row.values(), "'x', 'b', '2026-01-01', '2026-01-01', 'forged'"))
        assert raw.execute("SELECT id, hash FROM journal_entry").fetchall() == [(1, "h")]
        line = (
            "INSERT OR REPLACE INTO journal_line (rowid, entry_id, no, account, amount_fen) VALUES (1, 9, 1, 'cash', 7)"
        )
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(line)
    raw.close()


def test_nor_where_the_tables_were_migrated(migrated: Database) -> None:  # noqa: F811
    for name in RECORDS:
        refuses(migrated, name)


def test_every_table_of_events_is_a_record(database: Database) -> None:
    """A new one is not forgotten."""
    assert set(EVENTS) <= {*RECORDS, "ledger_event", "credit_line_event"}
    assert set(EVENTS) <= set(inspect(database.engine).get_table_names())

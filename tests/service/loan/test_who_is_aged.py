"""Who is looked for at the close of a day is found through indexes, however much is unpaid."""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects import sqlite

from service.db.engine import Database
from service.db.loan_debts import select_to_age


def test_what_is_unpaid_is_not_read_through(sqlite_database: Database) -> None:
    statement = select_to_age(date(2026, 9, 18)).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with sqlite_database.reading() as conn:
        steps = [step for *_, step in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()]
    assert any(step.startswith("SEARCH instalment USING INDEX ix_instalment_unpaid") for step in steps), steps
    assert not any(step.startswith("SCAN instalment") for step in steps), steps

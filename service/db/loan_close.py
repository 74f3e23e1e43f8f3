"""How a database closes a day for many borrowers at once: who has work, and the rows of those on whom nothing
happens that only the domain can decide.

Works on a `Session`, because its steps hand temporary tables on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, column, insert, table, text

from service.db import loan_close_sql as sql
from service.db.loan_close_terms import WholeTerms, whole_terms
from service.db.loan_debts import select_to_age

_WORK = table("closing_work", column("borrower_id"))
_NEXT = text("SELECT borrower_id FROM closing_work WHERE borrower_id > :after ORDER BY borrower_id LIMIT :number")
_ADD_TERMS = insert(table("closing_terms", *(column(one.name) for one in fields(WholeTerms))))


def list_work(conn: Connection, *, day: date) -> int:
    """Note the borrowers with something due by `day` who have not been aged to it; returns how many there are."""
    words = sql.WORDS[conn.dialect.name]
    conn.execute(text(sql.WORK.format(words.kept)))
    conn.execute(text(sql.NUMBERED.format(words.numbered)))
    for name, columns in sql.PASSING.items():
        conn.execute(text(f"CREATE TEMPORARY TABLE {name} ({columns}){words.passing}"))
    found = conn.execute(insert(_WORK).from_select(["borrower_id"], select_to_age(day)))
    if conn.dialect.name == "postgresql":
        conn.execute(text("ANALYZE closing_work"))
    return found.rowcount


def next_work(conn: Connection, *, after: str, number: int) -> list[str]:
    """The next borrowers of the list above `after`, by id."""
    return list(conn.execute(_NEXT, {"after": after, "number": number}).scalars())


def close_ordinary(conn: Connection, *, first: str, last: str, day: date, now: datetime) -> list[str]:
    """Age those from `first` to `last` on the list for whom `day` is an ordinary day, as `accrual.age` would; returns
    the others, untouched. All of them are held until the transaction ends.

    Ordinary is a day without a deposit, a plan or a pause, with no due date missed before it, on which no loan enters
    or leaves non-accrual, and on terms that whole numbers can say.
    """
    words = sql.WORDS[conn.dialect.name]
    values = {
        "first": first,
        "last": last,
        "day": day,
        "now": now,
        "day_number": (day - sql.EPOCH).days,
        "day_text": day.isoformat(),
    }
    for setting in words.settings:
        conn.execute(text(setting))
    for empty in () if words.empties else sql.EMPTY:
        conn.execute(text(empty))
    _run(conn, sql.READ, values)
    _add_terms(conn)
    _run(conn, sql.JUDGE, values)
    others = list(conn.execute(sql.OTHERS).scalars())
    if others:
        for leave in sql.LEAVE_OTHERS:
            conn.execute(leave)
    _run(conn, (*sql.DERIVE, *sql.WRITES), values)
    return others


def _add_terms(conn: Connection) -> None:
    found = conn.execute(sql.DISTINCT_TERMS).all()
    said = [whole_terms(row.penalty_rate, day_count=row.day_count, rounding=row.rounding) for row in found]
    if rows := [asdict(one) for one in said if one is not None]:
        conn.execute(_ADD_TERMS, rows)


def _run(conn: Connection, statements: Sequence[str], values: dict[str, Any]) -> None:
    for one in statements:
        made = _made(one, conn.dialect.name)
        conn.execute(made, {name: values[name] for name in made.compile().params})


@cache
def _made(statement: str, dialect: str) -> TextClause:
    return sql.statement(statement, sql.WORDS[dialect])

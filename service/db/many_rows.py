"""Many rows written in one statement.

A driver that is given many rows for a statement sends them one by one. PostgreSQL takes them as one JSON text instead:
its triggers then look once at all of them, and so does the wire. SQLite, which is in the same process, takes them as
they are. Values are made ready for the database column by column: row by row takes longer than writing them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Date, Dialect, Insert, Table, TextClause, Update, bindparam, insert, text, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.engine import UtcDateTime

_POSTGRES: Dialect = postgresql.dialect()
_SQLITE: Dialect = sqlite.dialect()
_REPEATED = Date | UtcDateTime  # a batch has few days and moments
Row = Mapping[str, Any]
Ready = Callable[[Any], Any]


def add_rows(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns, in their order; none is fine."""
    if not rows:
        return
    if conn.dialect.name == "postgresql":
        conn.execute(_add(table, tuple(rows[0])), {"rows": _json(rows)})
    else:
        _write(conn, *_inserting(table, tuple(rows[0])), rows)


def change_rows(conn: Connection, table: Table, rows: Sequence[Row], *, by: tuple[str, ...]) -> None:
    """Update the rows found `by` these columns; all name the same columns, and no two the same row."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name not in by)
    if conn.dialect.name == "postgresql":
        conn.execute(_change(table, columns, by), {"rows": _json(rows)})
    else:
        _write(conn, *_updating(table, columns, by), rows)


def _json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=str)


@cache
def _add(table: Table, columns: tuple[str, ...]) -> TextClause:
    names = ", ".join(f'"{name}"' for name in columns)
    return text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_given(table, columns)}")


@cache
def _change(table: Table, columns: tuple[str, ...], by: tuple[str, ...]) -> TextClause:
    new = ", ".join(f'"{name}" = given."{name}"' for name in columns)
    found = " AND ".join(f'{table.name}."{name}" = given."{name}"' for name in by)
    return text(f"UPDATE {table.name} SET {new} FROM {_given(table, (*by, *columns))} WHERE {found}")


def _given(table: Table, columns: tuple[str, ...]) -> str:
    """The JSON as rows; what it leaves null is NULL."""
    kinds = ", ".join(f'"{name}" {table.c[name].type.compile(dialect=_POSTGRES)}' for name in columns)
    return f"json_to_recordset(CAST(:rows AS json)) AS given ({kinds})"


def _write(
    conn: Connection, statement: str, names: Sequence[str], ready: Iterable[tuple[int, Ready]], rows: Sequence[Row]
) -> None:
    columns: list[Iterable[Any]] = list(zip(*map(itemgetter(*names), rows), strict=True))
    for at, make in ready:
        columns[at] = map(make, columns[at])
    conn.exec_driver_sql(statement, list(zip(*columns, strict=True)))


@cache
def _inserting(table: Table, columns: tuple[str, ...]) -> tuple[str, Sequence[str], Sequence[tuple[int, Ready]]]:
    return _compiled(insert(table), table, columns, {name: name for name in columns})


@cache
def _updating(
    table: Table, columns: tuple[str, ...], by: tuple[str, ...]
) -> tuple[str, Sequence[str], Sequence[tuple[int, Ready]]]:
    given = {f"new_{name}": name for name in (*by, *columns)}
    found = [table.c[name] == bindparam(f"new_{name}") for name in by]
    change = update(table).where(*found).values({name: bindparam(f"new_{name}") for name in columns})
    return _compiled(change, table, None, given)


def _compiled(
    statement: Insert | Update, table: Table, columns: Sequence[str] | None, given: Mapping[str, str]
) -> tuple[str, Sequence[str], Sequence[tuple[int, Ready]]]:
    """For SQLite: the text, the columns in the order of its parameters, and how the values of some are made ready."""
    compiled: Any = statement.compile(dialect=_SQLITE, column_keys=columns)
    names = [given[one] for one in compiled.positiontup]
    ready = [(at, make) for at, name in enumerate(names) if (make := _ready(table.c[name].type))]
    return str(compiled), names, ready


def _ready(kind: Any) -> Ready | None:
    make: Ready | None = kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    return lru_cache(make) if make and isinstance(kind, _REPEATED) else make

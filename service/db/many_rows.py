"""Many rows written in one statement.

A driver that is given many rows for a statement sends them one by one. PostgreSQL takes them as one JSON text instead:
its triggers then look once at all of them, and so does the wire. SQLite, which is in the same process, takes them as
they are. Values are made ready for the database column by column: row by row takes longer than writing them.

Several such statements need not wait for each other's answers: PostgreSQL works on one while the next is made ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import psycopg
from pydantic_core import to_json
from sqlalchemy import Connection, Date, Dialect, Insert, Table, Update, bindparam, event, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from service.db.engine import UtcDateTime

_POSTGRES: Dialect = postgresql.dialect()
_SQLITE: Dialect = sqlite.dialect()
_REPEATED = Date | UtcDateTime  # many rows have few different ones
Row = dict[str, Any]
Ready = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Statement:
    """The text, and, unless it takes rows as JSON, the columns in the order of its parameters and by place how the
    values of some are made ready."""

    text: str
    names: Sequence[str] = ()
    ready: Sequence[tuple[int, Ready]] = ()

    def rows(self, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        columns: list[Any] = [[row[name] for row in rows] for name in self.names]
        for at, make in self.ready:
            columns[at] = map(make, columns[at])
        return zip(*columns, strict=True)


@contextmanager
def sent_together(conn: Connection) -> Iterator[None]:
    """Rows are written without waiting for the database's word on them until the end, where its refusal of any of them
    is raised as it is elsewhere. Nothing may be read in between, and nobody learns how many rows were written."""
    if conn.dialect.name != "postgresql":
        yield
    elif ahead := conn.info.get(_Ahead):
        with ahead.sending():
            yield
    else:
        with _pipeline(conn):
            yield


@contextmanager
def sent_ahead(conn: Connection) -> Iterator[None]:
    """Within, `sent_together` does not wait at its end: the database works while what comes next is thought of. What
    else it is asked waits for the rows before, and so does the end; there a refusal of them is raised."""
    if conn.dialect.name != "postgresql":
        yield
        return
    info, ahead = conn.info, _Ahead(conn)
    info[_Ahead] = ahead
    event.listen(conn, "before_cursor_execute", ahead.wait)
    try:
        yield
        ahead.wait()
    finally:
        event.remove(conn, "before_cursor_execute", ahead.wait)
        info.pop(_Ahead, None)  # a connection that was cut has forgotten it
        ahead.give_up()


class _Ahead:
    """PostgreSQL's pipeline, open from the first rows that are sent until they are waited for."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._opened = ExitStack()
        self._is_open = self._sends = False

    @contextmanager
    def sending(self) -> Iterator[None]:
        if not self._is_open:
            self._opened.enter_context(_pipeline(self._conn))
        self._is_open = self._sends = True
        try:
            yield
        finally:
            self._sends = False

    def wait(self, *_: object) -> None:
        if not self._sends:
            self._is_open = False
            self._opened.close()

    def give_up(self) -> None:
        """After an error, of which this says no more."""
        with suppress(DBAPIError):
            self._opened.close()


@contextmanager
def _pipeline(conn: Connection) -> Iterator[None]:
    driver: Any = conn.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as refusal:
        raise DBAPIError.instance(None, None, refusal, psycopg.Error, dialect=conn.dialect) from refusal


def add_rows(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns, in their order; none is fine."""
    if not rows:
        return
    columns = tuple(rows[0])
    _run(conn, rows, _add(table, columns) if conn.dialect.name == "postgresql" else _add_one(table, columns))


def add_new_rows(conn: Connection, table: Table, rows: Sequence[Row], *, unless: tuple[str, ...]) -> int:
    """Insert those of which none with the same `unless` is known; returns how many these were. All name the same
    columns."""
    if not rows:
        return 0
    columns = tuple(rows[0])
    adding = _add(table, columns) if conn.dialect.name == "postgresql" else _add_one(table, columns)
    taken = ", ".join(f'"{name}"' for name in unless)
    return _run(conn, rows, replace(adding, text=f"{adding.text} ON CONFLICT ({taken}) DO NOTHING"))


def change_rows(
    conn: Connection, table: Table, rows: Sequence[Row], *, by: tuple[str, ...], where_null: tuple[str, ...] = ()
) -> None:
    """Update the rows found `by` these columns in which `where_null` is nothing; all name the same columns, and no two
    the same row."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name not in by)
    change = _change if conn.dialect.name == "postgresql" else _change_one
    _run(conn, rows, change(table, columns, by, where_null))


def _run(conn: Connection, rows: Sequence[Row], statement: _Statement) -> int:
    """Returns how many rows were written."""
    if conn.dialect.name == "postgresql":
        return conn.exec_driver_sql(statement.text, {"rows": to_json(rows).decode()}).rowcount
    counted = {"preserve_rowcount": True}
    return conn.exec_driver_sql(statement.text, list(statement.rows(rows)), execution_options=counted).rowcount


@cache
def _add(table: Table, columns: tuple[str, ...]) -> _Statement:
    names = ", ".join(f'"{name}"' for name in columns)
    return _Statement(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_given(table, columns)}")


@cache
def _change(table: Table, columns: tuple[str, ...], by: tuple[str, ...], where_null: tuple[str, ...]) -> _Statement:
    new = ", ".join(f'"{name}" = given."{name}"' for name in columns)
    found = [f'{table.name}."{name}" = given."{name}"' for name in by]
    found += [f'{table.name}."{name}" IS NULL' for name in where_null]
    given = _given(table, (*by, *columns))
    return _Statement(f"UPDATE {table.name} SET {new} FROM {given} WHERE {' AND '.join(found)}")


def _given(table: Table, columns: tuple[str, ...]) -> str:
    """The JSON as rows; what it leaves null is NULL."""
    kinds = ", ".join(f'"{name}" {table.c[name].type.compile(dialect=_POSTGRES)}' for name in columns)
    return f"json_to_recordset(CAST(%(rows)s AS json)) AS given ({kinds})"


@cache
def _add_one(table: Table, columns: tuple[str, ...]) -> _Statement:
    return _of_parameters(insert(table), table, {name: name for name in columns}, columns)


@cache
def _change_one(table: Table, columns: tuple[str, ...], by: tuple[str, ...], where_null: tuple[str, ...]) -> _Statement:
    found = [table.c[name] == bindparam(f"new_{name}") for name in by]
    found += [table.c[name].is_(None) for name in where_null]
    change = update(table).where(*found).values({name: bindparam(f"new_{name}") for name in columns})
    return _of_parameters(change, table, {f"new_{name}": name for name in (*by, *columns)})


def _of_parameters(
    statement: Insert | Update, table: Table, given: Mapping[str, str], columns: Sequence[str] | None = None
) -> _Statement:
    """`given` names the column of each parameter."""
    compiled: Any = statement.compile(dialect=_SQLITE, column_keys=columns)
    names = [given[one] for one in compiled.positiontup]
    ready = ((at, _bound(table.c[name].type)) for at, name in enumerate(names))
    return _Statement(str(compiled), names, [(at, make) for at, make in ready if make])


def _bound(kind: Any) -> Ready | None:
    make: Ready | None = kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    return lru_cache(make) if make and isinstance(kind, _REPEATED) else make

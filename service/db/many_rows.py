"""Many rows written, or looked for, in one statement.

A driver that is given many rows for a statement sends them one by one. PostgreSQL takes them as one JSON text instead:
its triggers then look once at all of them, and so does the wire. SQLite, which is in the same process, takes them as
they are. Many ids to look for are one JSON text for both: a statement with a parameter for each would have to be made,
sent and read anew, and that takes longer than to find the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Select,
    String,
    Table,
    TextClause,
    Update,
    bindparam,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_POSTGRES: Dialect = postgresql.dialect()
Row = Mapping[str, Any]


def add_rows(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns, in their order; none is fine."""
    if not rows:
        return
    if conn.dialect.name == "postgresql":
        conn.execute(_add(table, tuple(rows[0])), {"rows": _json(rows)})
    else:
        conn.execute(insert(table), rows)


def change_rows(conn: Connection, table: Table, rows: Sequence[Row], *, by: tuple[str, ...]) -> None:
    """Update the rows found `by` these columns; all name the same columns, and no two the same row."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name not in by)
    if conn.dialect.name == "postgresql":
        conn.execute(_change(table, columns, by), {"rows": _json(rows)})
    else:
        conn.execute(_change_one(table, columns, by), [{f"new_{name}": row[name] for name in row} for row in rows])


def add_new_rows(conn: Connection, table: Table, rows: Sequence[Row], *, unless: tuple[str, ...]) -> int:
    """Insert those of which none with the same `unless` is known; returns how many these were. All name the same
    columns."""
    if not rows:
        return 0
    if conn.dialect.name == "postgresql":
        taken = ", ".join(f'"{name}"' for name in unless)
        adding = text(f"{_add(table, tuple(rows[0])).text} ON CONFLICT ({taken}) DO NOTHING")
        return conn.execute(adding, {"rows": _json(rows)}).rowcount
    new = sqlite.insert(table).on_conflict_do_nothing(index_elements=unless)
    return conn.execute(new, rows, execution_options={"preserve_rowcount": True}).rowcount


class _Each(FunctionElement[str]):
    """The values of a JSON list, one a row, in a column `value`."""

    inherit_cache = True


@compiles(_Each)
def _each(element: _Each, compiler: Any, **how: Any) -> str:
    given = compiler.process(element.clauses, **how)
    if compiler.dialect.name == "postgresql":
        return f"json_array_elements_text(CAST({given} AS json))"
    return f"json_each({given})"


def among(ids: Iterable[str]) -> Select[tuple[str]]:
    """For `column.in_(among(ids))`."""
    given = _Each(literal(json.dumps(list(ids)), String)).table_valued("value", name="given")
    return select(given.c.value)


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


@cache
def _change_one(table: Table, columns: tuple[str, ...], by: tuple[str, ...]) -> Update:
    # made once: building it costs more than a small database takes to run it
    found = [table.c[name] == bindparam(f"new_{name}") for name in by]
    return update(table).where(*found).values({name: bindparam(f"new_{name}") for name in columns})

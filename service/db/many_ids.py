"""How many rows are read for many ids at once: asked for by one parameter, made Python's values column by column.

A list of parameters would be written out anew each time, and taken apart anew by the database; values made row by row
take longer than finding them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Date, Dialect, Select, String, Text, bindparam, type_coerce
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY, psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean, NullType, TypeDecorator

from service.db.engine import ExactDecimal

_DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": psycopg.dialect()}
_REPEATED = Date | ExactDecimal  # many rows have few different ones
Make = Callable[[Any], Any]


class _Ids(TypeDecorator[Sequence[str]]):
    """A JSON text for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(ARRAY(String) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Any) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))


class _Among(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: for SQLite a function that is true would be asked whether it is 1, and no index serves that."""
        return self


def among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether the column is one of the texts given as parameter `name`."""
    return _Among(column, bindparam(name, type_=_Ids))


def among_these(column: ColumnElement[str], ids: Iterable[str]) -> ColumnElement[bool]:
    """Whether the column is one of these texts."""
    return _Among(column, bindparam(None, list(ids), type_=_Ids))


@compiles(_Among, "sqlite")
def _of_json(element: Any, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(_Among, "postgresql")
def _of_array(element: Any, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY({ids})"


def raw(columns: Iterable[Column[Any]]) -> list[ColumnElement[Any]]:
    """The columns for a statement of `by_column`."""
    return [type_coerce(one, NullType()) for one in columns]


def by_column(
    conn: Connection, statement: Select[Any], columns: tuple[Column[Any], ...], ids: Sequence[str]
) -> list[Sequence[Any]]:
    """What a statement that selects `raw(columns)` finds among the `ids`, column by column."""
    rows = conn.execute(statement, {"ids": ids}).all()
    found: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    for at, make in _makers(columns, conn.dialect.name):
        found[at] = list(map(make, found[at]))
    return found


@cache
def _makers(columns: tuple[Column[Any], ...], dialect: str) -> Sequence[tuple[int, Make]]:
    """Those columns of which the driver does not give Python's values, by place."""
    makers = ((at, _maker(one.type, _DIALECTS[dialect])) for at, one in enumerate(columns))
    return [(at, make) for at, make in makers if make]


def _maker(kind: Any, dialect: Dialect) -> Make | None:
    make: Make | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return lru_cache(make) if make and isinstance(kind, _REPEATED) else make

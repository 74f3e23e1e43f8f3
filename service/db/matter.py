"""Disputes and complaints, to and from their rows; a row is written once and stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from service.db.tables.matter import matter as table
from service.domain.desk.matter import Matter, MatterKind

_NAMES = tuple(Matter.__dataclass_fields__)


def add(conn: Connection, made: Matter, *, key: str, request: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key."""
    values: dict[str, Any] = {name: getattr(made, name) for name in _NAMES} | {"kind": made.kind.value}
    conn.execute(insert(table).values(**values, key=key, request=request))


def by_key(conn: Connection, borrower_id: str, key: str) -> tuple[Matter, str] | None:
    """The matter filed under a borrower's key, and the hash of what was filed."""
    mine = select(table).where(table.c.borrower_id == borrower_id, table.c.key == key)
    row = conn.execute(mine).mappings().first()
    return None if row is None else (_matter(row), row["request"])


def _matter(row: RowMapping) -> Matter:
    return Matter(**{name: row[name] for name in _NAMES} | {"kind": MatterKind(row["kind"])})

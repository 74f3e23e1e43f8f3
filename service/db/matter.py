"""Disputes and complaints, to and from their rows; what the borrower said stays, the answer is written once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from service.db.tables.matter import matter as table
from service.domain.desk.matter import Matter, MatterKind, MatterOutcome

_OF = {name: table.c[name] for name in Matter.__dataclass_fields__}
_ALL = select(*_OF.values())


def add(conn: Connection, made: Matter, *, key: str, request: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key."""
    values: dict[str, Any] = {name: getattr(made, name) for name in _OF} | {"kind": made.kind.value}
    conn.execute(insert(table).values(**values, key=key, request=request))


def by_key(conn: Connection, borrower_id: str, key: str) -> tuple[Matter, str] | None:
    """The matter filed under a borrower's key, and the hash of what was filed."""
    mine = select(table).where(table.c.borrower_id == borrower_id, table.c.key == key)
    row = conn.execute(mine).mappings().first()
    return None if row is None else (_matter(row), row["request"])


def by_id(conn: Connection, matter_id: str) -> Matter | None:
    row = conn.execute(_ALL.where(table.c.id == matter_id)).mappings().first()
    return None if row is None else _matter(row)


def of_borrower(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Matter, ...]:
    """Newest first."""
    mine = _ALL.where(table.c.borrower_id == borrower_id).order_by(table.c.created_at.desc(), table.c.id)
    return tuple(_matter(row) for row in conn.execute(mine.limit(limit)).mappings())


def count(conn: Connection, *, answered: bool) -> int:
    return conn.execute(select(func.count()).select_from(table).where(_answered(answered))).scalar_one()


def page(conn: Connection, *, answered: bool, limit: int, offset: int) -> tuple[Matter, ...]:
    """Those that wait in the order of their days, those that were answered newest first."""
    order = (table.c.answered_at.desc(),) if answered else (table.c.answer_by, table.c.created_at)
    chosen = _ALL.where(_answered(answered)).order_by(*order, table.c.id).limit(limit).offset(offset)
    return tuple(_matter(row) for row in conn.execute(chosen).mappings())


def answer(conn: Connection, matter_id: str, *, outcome: MatterOutcome, answer: str, by: str, now: datetime) -> bool:
    """Whether it was still to be answered."""
    waits = (table.c.id == matter_id) & table.c.outcome.is_(None)
    values = {"outcome": outcome.value, "answer": answer, "answered_by": by, "answered_at": now}
    return conn.execute(update(table).where(waits).values(**values)).rowcount == 1


def _answered(answered: bool) -> ColumnElement[bool]:
    return table.c.outcome.is_not(None) if answered else table.c.outcome.is_(None)


def _matter(row: RowMapping) -> Matter:
    outcome = None if row["outcome"] is None else MatterOutcome(row["outcome"])
    values: dict[str, Any] = {name: row[name] for name in _OF}
    return Matter(**values | {"kind": MatterKind(row["kind"]), "outcome": outcome})

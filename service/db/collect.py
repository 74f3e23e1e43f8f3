"""Pauses, to and from their rows; promises are in `promise`, outreach is in `collect_outreach`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from service.db.many_ids import among_these
from service.db.tables.collect import pause
from service.domain.collect.outreach import Stop


@dataclass(frozen=True, slots=True)
class Pause:
    """Automated outreach rests from `started_at` on, until a named person ends it."""

    id: str
    borrower_id: str
    reason: Stop
    note: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


def add_pause(
    conn: Connection, *, pause_id: str, borrower_id: str, reason: Stop, note: str, by: str, now: datetime
) -> None:
    row = {"id": pause_id, "borrower_id": borrower_id, "reason": reason.value, "note": note}
    conn.execute(insert(pause).values(**row, started_at=now, started_by=by))


def pause_by_id(conn: Connection, pause_id: str) -> Pause | None:
    found = conn.execute(select(pause).where(pause.c.id == pause_id)).mappings().first()
    return _pause(found) if found is not None else None


def open_pauses(conn: Connection, borrower_id: str) -> tuple[Pause, ...]:
    mine = select(pause).where(pause.c.borrower_id == borrower_id, pause.c.ended_at.is_(None))
    return tuple(_pause(row) for row in conn.execute(mine.order_by(pause.c.started_at, pause.c.id)).mappings())


def pauses_of(conn: Connection, borrower_id: str) -> tuple[Pause, ...]:
    """Those that ended, too, oldest first."""
    mine = select(pause).where(pause.c.borrower_id == borrower_id).order_by(pause.c.started_at, pause.c.id)
    return tuple(_pause(row) for row in conn.execute(mine).mappings())


def borrowers_paused(conn: Connection, borrower_ids: Sequence[str]) -> set[str]:
    mine = select(pause.c.borrower_id).where(among_these(pause.c.borrower_id, borrower_ids), pause.c.ended_at.is_(None))
    return set(conn.execute(mine).scalars())


def end_pause(conn: Connection, pause_id: str, *, by: str, reason: str, now: datetime) -> None:
    ended = {"ended_at": now, "ended_by": by, "end_reason": reason}
    conn.execute(update(pause).where(pause.c.id == pause_id, pause.c.ended_at.is_(None)).values(**ended))


def _pause(row: RowMapping) -> Pause:
    return Pause(**{**row, "reason": Stop(row["reason"])})

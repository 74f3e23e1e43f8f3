"""Promises and pauses, to and from their rows; outreach is in `collect_outreach`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from service.db.tables.collect import pause, promise
from service.domain.collect.outreach import Stop
from service.domain.collect.promise import Promise, PromiseState

PENDING = PromiseState.PENDING.value


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


def add_promise(conn: Connection, made: Promise, *, key: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key or a second pending promise."""
    conn.execute(
        insert(promise).values(
            id=made.id,
            key=key,
            borrower_id=made.borrower_id,
            conversation_id=made.conversation_id,
            amount_fen=made.amount_fen,
            due_on=made.due_on,
            state=made.state.value,
            paid_fen=made.paid_fen,
            text=made.text,
            created_at=made.created_at,
            decided_at=made.decided_at,
        )
    )


def promise_by_key(conn: Connection, key: str) -> Promise | None:
    return _one_promise(conn, promise.c.key == key)


def pending_promise(conn: Connection, borrower_id: str) -> Promise | None:
    return _one_promise(conn, promise.c.borrower_id == borrower_id, promise.c.state == PENDING)


def with_promises(conn: Connection, borrower_ids: Sequence[str]) -> frozenset[str]:
    """Those of them who ever promised anything."""
    mine = select(promise.c.borrower_id).where(promise.c.borrower_id.in_(borrower_ids))
    return frozenset(conn.execute(mine).scalars())


def last_short_promise(conn: Connection, borrower_id: str) -> Promise | None:
    """The newest of those that were decided to be broken or kept in part."""
    short = (PromiseState.PARTLY.value, PromiseState.BROKEN.value)
    mine = select(promise).where(promise.c.borrower_id == borrower_id, promise.c.state.in_(short))
    found = conn.execute(mine.order_by(promise.c.created_at.desc(), promise.c.id).limit(1)).mappings().first()
    return _promise(found) if found is not None else None


def promises_of(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Promise, ...]:
    """Newest first."""
    mine = select(promise).where(promise.c.borrower_id == borrower_id)
    ordered = mine.order_by(promise.c.created_at.desc(), promise.c.id).limit(limit)
    return tuple(_promise(row) for row in conn.execute(ordered).mappings())


def borrowers_with_promise_over(conn: Connection, *, today: date) -> list[str]:
    """Ids, in order, of those whose pending promise was due before `today`."""
    over = select(promise.c.borrower_id).where(promise.c.state == PENDING, promise.c.due_on < today)
    return list(conn.execute(over.order_by(promise.c.borrower_id)).scalars())


def borrowers_with_pending(conn: Connection, borrower_ids: Sequence[str]) -> set[str]:
    mine = select(promise.c.borrower_id).where(promise.c.borrower_id.in_(borrower_ids), promise.c.state == PENDING)
    return set(conn.execute(mine).scalars())


def set_promise(
    conn: Connection, promise_id: str, *, state: PromiseState, paid_fen: int, decided_at: datetime | None
) -> None:
    changed = {"state": state.value, "paid_fen": paid_fen, "decided_at": decided_at}
    conn.execute(update(promise).where(promise.c.id == promise_id).values(**changed))


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


def borrowers_paused(conn: Connection, borrower_ids: Sequence[str]) -> set[str]:
    mine = select(pause.c.borrower_id).where(pause.c.borrower_id.in_(borrower_ids), pause.c.ended_at.is_(None))
    return set(conn.execute(mine).scalars())


def end_pause(conn: Connection, pause_id: str, *, by: str, reason: str, now: datetime) -> None:
    ended = {"ended_at": now, "ended_by": by, "end_reason": reason}
    conn.execute(update(pause).where(pause.c.id == pause_id, pause.c.ended_at.is_(None)).values(**ended))


def _one_promise(conn: Connection, *where: Any) -> Promise | None:
    found = conn.execute(select(promise).where(*where)).mappings().first()
    return _promise(found) if found is not None else None


def _promise(row: RowMapping) -> Promise:
    return Promise(
        id=row["id"],
        borrower_id=row["borrower_id"],
        conversation_id=row["conversation_id"],
        amount_fen=row["amount_fen"],
        due_on=row["due_on"],
        state=PromiseState(row["state"]),
        paid_fen=row["paid_fen"],
        text=row["text"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
    )


def _pause(row: RowMapping) -> Pause:
    return Pause(**{**row, "reason": Stop(row["reason"])})

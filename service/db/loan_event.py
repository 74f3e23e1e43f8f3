"""How the history of a borrower's book is kept and read back: events, and those that were taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, insert, select

from service.db.tables.loan import ledger_event
from service.domain.loan import event as events
from service.domain.loan.event import Body, Event

CANCEL = "cancel"
_KINDS: dict[str, type[Any]] = {
    "disbursed": events.Disbursed,
    "purchased": events.Purchased,
    "paid": events.Paid,
    "charged": events.Charged,
    "waived": events.Waived,
    "deferred": events.Deferred,
    "plan_agreed": events.PlanAgreed,
    "plan_ended": events.PlanEnded,
    "paused": events.Paused,
    "pause_ended": events.PauseEnded,
    "refunded": events.Refunded,
    "written_off": events.WrittenOff,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_CODECS = {name: TypeAdapter(kind) for name, kind in _KINDS.items()}

_ROW = ledger_event.c
_ADD = insert(ledger_event)
_LAST = select(func.max(_ROW.effective_on)).where(_ROW.borrower_id == bindparam("borrower_id"))
_BY_KEY = select(ledger_event).where(_ROW.event_key == bindparam("key"))
_CANCELLED = select(_ROW.cancels_id).where(_ROW.cancels_id.is_not(None))
_HISTORY = (
    select(_ROW.event_key, _ROW.kind, _ROW.effective_on, _ROW.body)
    .where(_ROW.borrower_id == bindparam("borrower_id"), _ROW.kind != CANCEL, _ROW.id.not_in(_CANCELLED))
    .order_by(_ROW.effective_on, _ROW.id)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it is kept; `cancelled`: it was taken back."""

    id: int
    borrower_id: str
    event: Event
    cancelled: bool


def add_event(conn: Connection, borrower_id: str, one: Event, *, by: str, reason: str = "", now: datetime) -> None:
    """Append an event. One whose key is there already is refused by the database."""
    kind = _NAMES[type(one.body)]
    body = _CODECS[kind].dump_python(one.body, mode="json", exclude_defaults=True)
    _add(conn, one.key, borrower_id, kind, one.on, body, by=by, reason=reason, now=now)


def cancel_event(conn: Connection, kept: Kept, *, key: str, by: str, reason: str, now: datetime) -> None:
    """Take an event back; a second time is refused by the database."""
    _add(conn, key, kept.borrower_id, CANCEL, kept.event.on, {}, by=by, reason=reason, now=now, cancels_id=kept.id)


def _add(
    conn: Connection, key: str, borrower_id: str, kind: str, on: date, body: Any, *, now: datetime, **more: Any
) -> None:
    row = {"event_key": key, "borrower_id": borrower_id, "kind": kind, "effective_on": on, "body": body}
    conn.execute(_ADD, {**row, "created_at": now, "cancels_id": None, **more})


def last_event_on(conn: Connection, borrower_id: str) -> date | None:
    """The latest business date that an event of the borrower counts from."""
    return conn.execute(_LAST, {"borrower_id": borrower_id}).scalar()


def history(conn: Connection, borrower_id: str) -> tuple[Event, ...]:
    """The events that stand, in the order in which they count."""
    rows = conn.execute(_HISTORY, {"borrower_id": borrower_id})
    return tuple(Event(key, on, _read(kind, body)) for key, kind, on, body in rows)


def event_of(conn: Connection, key: str) -> Kept | None:
    row = conn.execute(_BY_KEY, {"key": key}).first()
    if row is None or row.kind == CANCEL:
        return None
    cancelled = conn.execute(select(_ROW.id).where(_ROW.cancels_id == row.id)).first() is not None
    return Kept(row.id, row.borrower_id, Event(row.event_key, row.effective_on, _read(row.kind, row.body)), cancelled)


def _read(kind: str, body: Any) -> Body:
    read: Body = _CODECS[kind].validate_python(body)
    return read

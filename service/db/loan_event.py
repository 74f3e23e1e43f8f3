"""How the history of a borrower's book is kept and read back: events, and those that were taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, insert, select

from service.db.many_ids import among
from service.db.many_rows import add_rows
from service.db.tables.loan import borrower, ledger_event
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
_OF = among(_ROW.borrower_id, "ids")
# One look at an index for each, however long the history.
_LAST = select(
    borrower.c.id, select(func.max(_ROW.effective_on)).where(_ROW.borrower_id == borrower.c.id).scalar_subquery()
).where(among(borrower.c.id, "ids"))
_BY_KEY = select(ledger_event).where(_ROW.event_key == bindparam("key"))
_CANCELLED = select(_ROW.cancels_id).where(_ROW.cancels_id.is_not(None))
_HISTORY = (
    select(_ROW.borrower_id, _ROW.event_key, _ROW.kind, _ROW.effective_on, _ROW.body)
    .where(_OF, _ROW.kind != CANCEL, _ROW.id.not_in(_CANCELLED))
    .order_by(_ROW.effective_on, _ROW.id)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it is kept; `cancelled`: it was taken back."""

    id: int
    borrower_id: str
    event: Event
    cancelled: bool


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be kept, by whom and why."""

    borrower_id: str
    event: Event
    by: str
    reason: str = ""


def add_events(conn: Connection, new: Sequence[NewEvent], *, now: datetime) -> None:
    """Append events in order. One whose key is there already is refused by the database."""
    add_rows(conn, ledger_event, [_row(one, now=now) for one in new])


def _row(new: NewEvent, *, now: datetime) -> dict[str, Any]:
    kind = _NAMES[type(new.event.body)]
    return {
        "event_key": new.event.key,
        "borrower_id": new.borrower_id,
        "kind": kind,
        "effective_on": new.event.on,
        "body": _CODECS[kind].dump_python(new.event.body, mode="json", exclude_defaults=True),
        "cancels_id": None,
        "by": new.by,
        "reason": new.reason,
        "created_at": now,
    }


def cancel_event(conn: Connection, kept: Kept, *, key: str, by: str, reason: str, now: datetime) -> None:
    """Take an event back; a second time is refused by the database."""
    row = {"event_key": key, "borrower_id": kept.borrower_id, "kind": CANCEL, "effective_on": kept.event.on, "body": {}}
    conn.execute(_ADD, {**row, "cancels_id": kept.id, "by": by, "reason": reason, "created_at": now})


def last_events_on(conn: Connection, borrower_ids: Sequence[str]) -> dict[str, date | None]:
    """The latest business date that an event of each borrower counts from; None where there is no event."""
    return dict(map(tuple, conn.execute(_LAST, {"ids": borrower_ids}).all()))


def history(conn: Connection, borrower_id: str) -> tuple[Event, ...]:
    """The events that stand, in the order in which they count."""
    return tuple(histories(conn, [borrower_id]).get(borrower_id, ()))


def histories(conn: Connection, borrower_ids: Sequence[str]) -> dict[str, list[Event]]:
    """The events of each borrower that stand, in the order in which they count."""
    found: dict[str, list[Event]] = {}
    for borrower_id, key, kind, on, body in conn.execute(_HISTORY, {"ids": borrower_ids}):
        found.setdefault(borrower_id, []).append(Event(key, on, _read(kind, body)))
    return found


def event_of(conn: Connection, key: str) -> Kept | None:
    row = conn.execute(_BY_KEY, {"key": key}).first()
    if row is None or row.kind == CANCEL:
        return None
    cancelled = conn.execute(select(_ROW.id).where(_ROW.cancels_id == row.id)).first() is not None
    return Kept(row.id, row.borrower_id, Event(row.event_key, row.effective_on, _read(row.kind, row.body)), cancelled)


def _read(kind: str, body: Any) -> Body:
    read: Body = _CODECS[kind].validate_python(body)
    return read

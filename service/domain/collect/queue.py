"""A debtor's case in the people's queue: its states, who holds it, and what each act makes of it and leaves behind.

One case a debtor at most is not closed. It is one agent's while his lease lasts; a lease that is over is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from service.domain.collect.queue_policy import Disposition, Next, Priority, Source
from service.domain.days import SHANGHAI, business_date
from service.domain.errors import Refused

SYSTEM = "system"
NOTE_AT_MOST = 1000


class CaseState(StrEnum):
    OPEN = "open"
    HELD = "held"
    CLOSED = "closed"


class Act(StrEnum):
    OPENED = "opened"
    JOINED = "joined"  # another reason came while it was not closed
    WEIGHED = "weighed"  # its level changed by itself
    CLAIMED = "claimed"
    SKIPPED = "skipped"
    RETURNED = "returned"
    DISPOSED = "disposed"
    CLOSED = "closed"  # by itself: there is nothing to ask for any more
    CONTACT_ASKED = "contact_asked"
    CONTACT_APPROVED = "contact_approved"
    CONTACT_REJECTED = "contact_rejected"


@dataclass(frozen=True, slots=True)
class CollectionCase:
    """`ready_at`: nobody is offered it before. `due_at`: somebody must have looked at it by then. `held_by` has it
    until `held_until`."""

    id: str
    borrower_id: str
    state: CaseState
    level: str
    points: int
    why: tuple[Mapping[str, Any], ...]
    opened_at: datetime
    ready_at: datetime
    due_at: datetime
    held_by: str | None = None
    held_until: datetime | None = None
    next_action_on: date | None = None
    disposition: str | None = None
    closed_at: datetime | None = None

    def holder(self, now: datetime) -> str | None:
        """Whose it is now."""
        live = self.state is CaseState.HELD and self.held_until is not None and now < self.held_until
        return self.held_by if live else None

    def overdue(self, now: datetime) -> bool:
        return self.state is not CaseState.CLOSED and self.due_at < now


@dataclass(frozen=True, slots=True)
class Event:
    """What was done with a case; kept for good. `detail`: what else there is to know, as JSON."""

    case_id: str
    act: Act
    by: str
    at: datetime
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


Step = tuple[CollectionCase, Event]


def opened(*, case_id: str, borrower_id: str, source: Source, note: str, priority: Priority, now: datetime) -> Step:
    due_at = now + priority.level.sla
    made = CollectionCase(
        case_id, borrower_id, CaseState.OPEN, priority.level.origin.id, priority.points, priority.why, now, now, due_at
    )
    return made, Event(case_id, Act.OPENED, SYSTEM, now, note, {"source": source.value, "level": made.level})


def joined(case: CollectionCase, *, source: Source, note: str, priority: Priority, now: datetime) -> Step:
    """Another reason: it is ready at once, and not due later than before. Whoever holds it goes on."""
    weighed = _weighed(case, priority)
    changed = replace(weighed, ready_at=min(case.ready_at, now), due_at=min(case.due_at, now + priority.level.sla))
    return changed, Event(case.id, Act.JOINED, SYSTEM, now, note, {"source": source.value, "level": changed.level})


def weighed(case: CollectionCase, *, priority: Priority, now: datetime) -> Step | None:
    """None where its level stays. A level that rises brings the day forward; one that falls does not put it off."""
    changed = _weighed(case, priority)
    if changed.level == case.level:
        return None
    begins = max(now, case.ready_at)
    changed = replace(changed, due_at=min(case.due_at, begins + priority.level.sla))
    return changed, Event(case.id, Act.WEIGHED, SYSTEM, now, "", {"was": case.level, "level": changed.level})


def settled(case: CollectionCase, *, note: str, now: datetime) -> Step:
    """Nothing is owed any more that it was about."""
    return _closed(case, None, now), Event(case.id, Act.CLOSED, SYSTEM, now, note)


def claimed(case: CollectionCase, *, by: str, now: datetime, lease: timedelta) -> Step:
    """Claiming one's own again makes the lease begin anew. Raises Refused (case_closed, case_held_by_other)."""
    _not_closed(case)
    holder = case.holder(now)
    if holder not in (None, by):
        raise Refused(f"这个案件正由{holder}处理，请选择其他案件。", code="case_held_by_other")
    held = replace(case, state=CaseState.HELD, held_by=by, held_until=now + lease)
    return held, Event(
        case.id, Act.CLAIMED, by, now, "", {"until": held.held_until.isoformat() if held.held_until else ""}
    )


def skipped(case: CollectionCase, *, by: str, reason: str, now: datetime) -> Step:
    """Back for a colleague. Raises Refused (case_closed, case_not_held, reason_required)."""
    _held_by(case, by, now)
    return _released(case), Event(case.id, Act.SKIPPED, by, now, _told(reason))


def returned(case: CollectionCase, *, by: str, reason: str, now: datetime) -> Step:
    """Back for anybody. Raises Refused (case_closed, case_not_held, reason_required)."""
    _held_by(case, by, now)
    return _released(case), Event(case.id, Act.RETURNED, by, now, _told(reason))


def disposed(
    case: CollectionCase,
    *,
    by: str,
    as_: Disposition,
    note: str,
    now: datetime,
    opens_hour: int,
    sla: timedelta,
    next_on: date | None = None,
    latest_on: date | None = None,
) -> Step:
    """What became of it, and what is next. `next_on`: the day it comes back, by default in the disposition's days;
    `latest_on` where a promise lets it be later. Raises Refused (case_closed, case_not_held, next_action_not_possible).
    """
    _held_by(case, by, now)
    told = {"code": as_.origin.id, "label": as_.label, "next": as_.next.value}
    event = Event(case.id, Act.DISPOSED, by, now, note.strip()[:NOTE_AT_MOST], told)
    if as_.next is Next.CLOSED:
        return _closed(case, as_.origin.id, now), event
    free = replace(_released(case), disposition=as_.origin.id)
    if as_.next is Next.OPEN:
        return free, event
    day = next_on or business_date(now) + timedelta(days=as_.days)
    _check_next(day, as_, now, latest_on)
    ready = datetime.combine(day, time(opens_hour), SHANGHAI)
    waits = replace(free, next_action_on=day, ready_at=ready, due_at=ready + sla)
    return waits, replace(event, detail=told | {"next_action_on": day.isoformat()})


def _check_next(day: date, as_: Disposition, now: datetime, latest_on: date | None) -> None:
    today = business_date(now)
    latest = max(today + timedelta(days=as_.days_at_most), latest_on or date.min)
    if not today < day <= latest:
        raise Refused(f"下次处理日期请选择明天到 {latest} 之间的一天。", code="next_action_not_possible")


def _weighed(case: CollectionCase, priority: Priority) -> CollectionCase:
    return replace(case, level=priority.level.origin.id, points=priority.points, why=priority.why)


def _released(case: CollectionCase) -> CollectionCase:
    return replace(case, state=CaseState.OPEN, held_by=None, held_until=None)


def _closed(case: CollectionCase, disposition: str | None, now: datetime) -> CollectionCase:
    free = replace(_released(case), state=CaseState.CLOSED, closed_at=now, next_action_on=None)
    return replace(free, disposition=disposition or case.disposition)


def _not_closed(case: CollectionCase) -> None:
    if case.state is CaseState.CLOSED:
        raise Refused("这个案件已经结束，请返回队列。", code="case_closed")


def _held_by(case: CollectionCase, by: str, now: datetime) -> None:
    _not_closed(case)
    if case.holder(now) != by:
        raise Refused("这个案件现在不由您处理，请先认领。", code="case_not_held")


def _told(reason: str) -> str:
    told = reason.strip()
    if not told:
        raise Refused("请写明原因。", code="reason_required")
    return told[:NOTE_AT_MOST]

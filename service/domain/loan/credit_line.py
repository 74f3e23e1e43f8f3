"""What a credit line is on a day: a fold of its events; and how much of it can still be used.

A line has a base limit, at most one temporary part with a first and a last day, and any number of freezes, each of
which needs a reason of its own to be lifted. Money is integer fen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

ON_PLAN = "正在按约定的方案还款，方案结束后可以再用"


class EventKind(StrEnum):
    OPENED = "opened"
    RAISED = "raised"
    LOWERED = "lowered"
    TEMPORARY = "temporary"
    TEMPORARY_ENDED = "temporary_ended"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    CLOSED = "closed"


class LineStatus(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class ImpossibleEvent(ValueError):
    """An event that cannot follow what was before; a mistake in the code, never a refusal."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a limit changed: a stable code, and the sentence that the borrower reads."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One change of a line. `amount_fen` is the new base (opened, raised, lowered) or the temporary part (temporary,
    temporary_ended), else 0. `on` is the business date from which it counts. `by` is a person or rule:<id>@<version>.
    `lifts` names the freeze that an unfrozen ends.
    """

    line_id: str
    no: int
    kind: EventKind
    amount_fen: int
    reason: Reason
    by: str
    on: date
    at: datetime
    from_on: date | None = None
    until_on: date | None = None
    lifts: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    code: str
    reason: str
    since: date


@dataclass(frozen=True, slots=True)
class LineState:
    """A line after its first `version` events."""

    version: int
    limit_fen: int
    temporary_fen: int = 0
    temporary_from: date | None = None
    temporary_until: date | None = None
    freezes: tuple[Freeze, ...] = ()
    closed_reason: str = ""

    @property
    def status(self) -> LineStatus:
        if self.closed_reason:
            return LineStatus.CLOSED
        return LineStatus.FROZEN if self.freezes else LineStatus.ACTIVE

    @property
    def status_reason(self) -> str:
        """Why it cannot be used, as the borrower reads it; empty where it can."""
        return self.closed_reason or "；".join(one.reason for one in self.freezes)

    def temporary_on(self, day: date) -> int:
        """The temporary part on `day`: both of its days count, whether or not its end was already written down."""
        if self.temporary_from is None or self.temporary_until is None:
            return 0
        return self.temporary_fen if self.temporary_from <= day <= self.temporary_until else 0

    def limit_on(self, day: date) -> int:
        """Base and temporary part; 0 where the line is closed."""
        return 0 if self.status is LineStatus.CLOSED else self.limit_fen + self.temporary_on(day)

    def temporary_is_over(self, day: date) -> bool:
        return self.temporary_until is not None and self.temporary_until < day


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line with what is used of it: the principal still outstanding under it. From `plan_from` on its account is paid
    by a plan, and nothing is bought until that is over."""

    id: str
    borrower_id: str
    product_code: str
    product_name: str
    brand: str
    scene: str
    state: LineState
    opened_at: datetime
    used_fen: int = 0
    plan_from: date | None = None

    def standing(self, day: date) -> Standing:
        now = standing(self.state, used_fen=self.used_fen, day=day)
        if self.plan_from is None or day < self.plan_from or now.status is not LineStatus.ACTIVE:
            return now
        return replace(now, available_fen=0, status=LineStatus.FROZEN, reason=ON_PLAN)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line allows on a day; `available_fen` is never below 0, and 0 with the reason where it is stopped."""

    day: date
    limit_fen: int
    temporary_fen: int
    used_fen: int
    available_fen: int
    status: LineStatus
    reason: str


def standing(state: LineState, *, used_fen: int, day: date) -> Standing:
    """A line on a day with so much of it used."""
    limit_fen = state.limit_on(day)
    free_fen = max(0, limit_fen - used_fen) if state.status is LineStatus.ACTIVE else 0
    temporary_fen = 0 if state.status is LineStatus.CLOSED else state.temporary_on(day)
    return Standing(day, limit_fen, temporary_fen, used_fen, free_fen, state.status, state.status_reason)


def apply(state: LineState | None, event: LineEvent) -> LineState:
    """The line after one more event. Raises ImpossibleEvent."""
    if state is None:
        _must(event.kind is EventKind.OPENED and event.no == 1 and event.amount_fen > 0, event)
        return LineState(version=1, limit_fen=event.amount_fen)
    _must(event.kind is not EventKind.OPENED and event.no == state.version + 1 and not state.closed_reason, event)
    return replace(_CHANGES[event.kind](state, event), version=event.no)


def replay(events: Iterable[LineEvent]) -> LineState:
    """The line from nothing. Raises ImpossibleEvent, also where there are no events."""
    state: LineState | None = None
    for event in events:
        state = apply(state, event)
    if state is None:
        raise ImpossibleEvent("a line without events was never opened")
    return state


def state_on(events: Iterable[LineEvent], day: date) -> LineState | None:
    """The line at the end of `day`, of all its events in order; None where it was not open yet."""
    known = tuple(takewhile(lambda one: one.on <= day, events))
    return replay(known) if known else None


def end_of_temporary(line_id: str, state: LineState, *, reason: Reason, by: str, at: datetime) -> LineEvent:
    """The event that a temporary part has run out, dated on the day after its last, however late it is written."""
    assert state.temporary_until is not None
    return LineEvent(
        line_id=line_id,
        no=state.version + 1,
        kind=EventKind.TEMPORARY_ENDED,
        amount_fen=state.temporary_fen,
        reason=reason,
        by=by,
        on=state.temporary_until + timedelta(days=1),
        at=at,
        from_on=state.temporary_from,
        until_on=state.temporary_until,
    )


def _raised(state: LineState, event: LineEvent) -> LineState:
    _must(event.amount_fen > state.limit_fen, event)
    return replace(state, limit_fen=event.amount_fen)


def _lowered(state: LineState, event: LineEvent) -> LineState:
    _must(0 <= event.amount_fen < state.limit_fen, event)
    return replace(state, limit_fen=event.amount_fen)


def _temporary(state: LineState, event: LineEvent) -> LineState:
    _must(event.amount_fen > 0 and not state.temporary_fen, event)
    _must(event.from_on is not None and event.until_on is not None and event.from_on <= event.until_on, event)
    return replace(state, temporary_fen=event.amount_fen, temporary_from=event.from_on, temporary_until=event.until_on)


def _temporary_ended(state: LineState, event: LineEvent) -> LineState:
    _must(0 < event.amount_fen == state.temporary_fen, event)
    return replace(state, temporary_fen=0, temporary_from=None, temporary_until=None)


def _frozen(state: LineState, event: LineEvent) -> LineState:
    _must(event.reason.code not in {one.code for one in state.freezes}, event)
    return replace(state, freezes=(*state.freezes, Freeze(event.reason.code, event.reason.text, event.on)))


def _unfrozen(state: LineState, event: LineEvent) -> LineState:
    _must(event.lifts in {one.code for one in state.freezes}, event)
    return replace(state, freezes=tuple(one for one in state.freezes if one.code != event.lifts))


def _closed(state: LineState, event: LineEvent) -> LineState:
    _must(bool(event.reason.text), event)
    return replace(state, closed_reason=event.reason.text, freezes=())


_CHANGES = {
    EventKind.RAISED: _raised,
    EventKind.LOWERED: _lowered,
    EventKind.TEMPORARY: _temporary,
    EventKind.TEMPORARY_ENDED: _temporary_ended,
    EventKind.FROZEN: _frozen,
    EventKind.UNFROZEN: _unfrozen,
    EventKind.CLOSED: _closed,
}


def _must(possible: bool, event: LineEvent) -> None:
    if not possible:
        raise ImpossibleEvent(f"{event.line_id} no {event.no}: {event.kind} {event.amount_fen} cannot be here")

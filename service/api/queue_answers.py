"""What the people's queue answers with: cases, briefs, figures, wishes to contact somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from service.db.case import Figures
from service.db.case_calls import CallRow
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import By, Purpose, Target
from service.domain.collect.queue import Act, CaseState, CollectionCase, Event
from service.domain.collect.queue_policy import Disposition, Next
from service.domain.collect.resuming import RequestState
from service.domain.collect.third_party_request import ContactRequest
from service.usecases.desk.call_now import CallNow
from service.usecases.desk.queue_pages import Brief


class CaseWhy(BaseModel):
    """One row of the policy that makes a case urgent."""

    code: str
    label: str
    points: int


class QueueCase(BaseModel):
    """A debtor's case, as it stands."""

    case_id: str
    borrower_id: str
    case_state: CaseState
    level: str
    points: int
    why: list[CaseWhy]
    opened_at: datetime
    ready_at: datetime
    due_at: datetime
    is_late: bool
    held_by: str | None
    held_until: datetime | None
    next_action_on: date | None
    disposition: str | None
    closed_at: datetime | None


class CaseEvent(BaseModel):
    """One act, kept for good."""

    act: Act
    done_by: str
    done_at: datetime
    note: str


class CaseReason(BaseModel):
    """Why not: a rule of the gate."""

    code: str
    detail: str
    source: str


class CallAllowed(BaseModel):
    """Whether the debtor may be called now. `may_answer`: what he asked may be answered all the same."""

    allowed: bool
    allowed_until: datetime | None
    reasons: list[CaseReason]
    may_answer: bool


class WishToContact(BaseModel):
    """A wish to contact somebody who owes nothing."""

    request_id: str
    contact_point_id: str
    purpose: Purpose
    state: RequestState
    reason: str
    words: str
    asked_by: str
    asked_at: datetime


class CallOfCase(BaseModel):
    """A wish of an agent to call, or what an agency told of a call of its own; the number is masked."""

    call_id: str
    by_kind: By
    by_name: str
    asked_at: datetime
    purpose: Purpose
    phone: str
    to_others: bool
    call_outcome: Outcome
    seconds: int | None
    reported_at: datetime | None


class CaseBrief(BaseModel):
    """All an agent should know before he acts; the person is masked."""

    case: QueueCase
    person_name: str
    person_phone: str
    days_past_due: int
    overdue_fen: int
    profile: str
    promises_kept: int
    promises_broken: int
    stop_reasons: list[str]
    offers: list[str]
    call: CallAllowed
    calls: list[CallOfCase]
    contact_requests: list[WishToContact]
    case_events: list[CaseEvent]


class QueuePage(BaseModel):
    """One page of the queue, in the order in which cases are offered."""

    cases: list[QueueCase]
    page: int
    total: int


class ClaimedCase(BaseModel):
    """The case that is the agent's now; null where none is ready."""

    case: QueueCase | None


class LevelFigure(BaseModel):
    """How many cases of one level are not closed, and how many of them are late."""

    level: str
    label: str
    open_cases: int
    late_cases: int


class QueueFigures(BaseModel):
    """The supervisor's line."""

    open_cases: int
    ready_cases: int
    held_cases: int
    late_cases: int
    by_level: list[LevelFigure]


class DispositionShown(BaseModel):
    """One thing that may have become of a case."""

    code: str
    label: str
    then: Next
    days: int
    days_at_most: int
    sets_stop: str | None
    makes_promise: bool


class DispositionsShown(BaseModel):
    """All that may be told, in the order of the policy."""

    dispositions: list[DispositionShown]


def case_shown(one: CollectionCase, now: datetime) -> QueueCase:
    holder = one.holder(now)
    return QueueCase(
        case_id=one.id,
        borrower_id=one.borrower_id,
        case_state=one.state,
        level=one.level,
        points=one.points,
        why=[CaseWhy(code=str(row["id"]), label=str(row["label"]), points=int(row["points"])) for row in one.why],
        opened_at=one.opened_at,
        ready_at=one.ready_at,
        due_at=one.due_at,
        is_late=one.overdue(now),
        held_by=holder,
        held_until=one.held_until if holder else None,
        next_action_on=one.next_action_on,
        disposition=one.disposition,
        closed_at=one.closed_at,
    )


def request_shown(one: ContactRequest) -> WishToContact:
    return WishToContact(
        request_id=one.id,
        contact_point_id=one.contact_point_id,
        purpose=one.purpose,
        state=one.state,
        reason=one.reason,
        words=one.words,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
    )


def brief_shown(one: Brief, now: datetime) -> CaseBrief:
    return CaseBrief(
        case=case_shown(one.case, now),
        person_name=one.person.name if one.person else "",
        person_phone=one.person.phone if one.person else "",
        days_past_due=one.debt.days_past_due,
        overdue_fen=one.debt.overdue_fen,
        profile=one.profile,
        promises_kept=one.facts.promises_kept,
        promises_broken=one.facts.promises_broken,
        stop_reasons=[stop.pause.reason.value for stop in one.stops if stop.pause.ended_at is None],
        offers=list(one.offers),
        call=_call(one.call),
        calls=[_made(each) for each in one.calls],
        contact_requests=[request_shown(each.request) for each in one.asked],
        case_events=[_event(each) for each in one.events],
    )


def figures_shown(found: Figures, labels: Mapping[str, str]) -> QueueFigures:
    """`labels` by level, the most urgent first."""
    return QueueFigures(
        open_cases=found.not_closed,
        ready_cases=found.ready,
        held_cases=found.held,
        late_cases=found.overdue,
        by_level=[
            LevelFigure(
                level=level,
                label=label,
                open_cases=found.by_level.get(level, 0),
                late_cases=found.overdue_by_level.get(level, 0),
            )
            for level, label in labels.items()
        ],
    )


def disposition_shown(one: Disposition) -> DispositionShown:
    return DispositionShown(
        code=one.origin.id,
        label=one.label,
        then=one.next,
        days=one.days,
        days_at_most=one.days_at_most,
        sets_stop=one.stop.value if one.stop else None,
        makes_promise=one.promise,
    )


def _call(one: CallNow) -> CallAllowed:
    reasons: list[dict[str, Any]] = [each.as_dict() for each in one.reasons]
    return CallAllowed(
        allowed=one.allowed,
        allowed_until=one.until,
        reasons=[CaseReason(**each) for each in reasons],
        may_answer=one.may_answer,
    )


def _made(one: CallRow) -> CallOfCase:
    return CallOfCase(
        call_id=one.id,
        by_kind=By(one.by_kind),
        by_name=one.by_name,
        asked_at=one.at,
        purpose=Purpose(one.purpose),
        phone=one.address,
        to_others=one.target == Target.CONTACT.value,
        call_outcome=Outcome(one.outcome),
        seconds=one.seconds,
        reported_at=one.reported_at,
    )


def _event(one: Event) -> CaseEvent:
    return CaseEvent(act=one.act, done_by=one.by, done_at=one.at, note=one.note)

"""The people's queue over HTTP: look, take the next case, say what became of it, ask to contact somebody else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator, Viewer
from service.api.deps import services
from service.api.iso import Day
from service.api.problems import refuses
from service.api.queue_answers import (
    CaseBrief,
    ClaimedCase,
    DispositionsShown,
    QueueCase,
    QueueFigures,
    QueuePage,
    WishToContact,
    brief_shown,
    case_shown,
    disposition_shown,
    figures_shown,
    request_shown,
)
from service.domain.collect.outreach import Purpose
from service.domain.days import business_date
from service.domain.money import LARGEST_FEN
from service.usecases.desk.contact_others import ask_to_contact, decide_contact
from service.usecases.desk.queue_pages import Wanted, brief_of, queue, queue_figures
from service.usecases.desk.work_case import Told, claim, claim_next, dispose, give_back, skip

router = APIRouter(prefix="/collect/queue")
CaseId = Annotated[str, Path(max_length=64)]
Show = Literal["", "ready", "mine", "waiting", "overdue", "closed"]
NOT_MINE = ("case_unknown", "case_closed", "case_not_held", "reason_required")


class CaseReasonWish(BaseModel):
    """Why the case is let go."""

    reason: str = Field(min_length=1, max_length=500)


class DispositionWish(BaseModel):
    """What became of the case; `amount_fen` and `promised_on` where a promise was made."""

    code: str = Field(min_length=1, max_length=32)
    note: str = Field(min_length=1, max_length=500)
    next_on: Day | None = None
    amount_fen: int | None = Field(None, strict=True, ge=1, le=LARGEST_FEN)
    promised_on: Day | None = None
    contact_point_id: str | None = Field(None, max_length=64)


class ContactWish(BaseModel):
    """Whom to contact, what for, why, and what will be said."""

    contact_point_id: str = Field(min_length=1, max_length=64)
    purpose: Literal["locate", "relay"]
    reason: str = Field(min_length=1, max_length=400)
    words: str = Field(min_length=1, max_length=1000)


class ContactDecision(BaseModel):
    """What another colleague says to it."""

    approve: bool = Field(strict=True)
    remark: str = Field("", max_length=500)


@router.get("")
def get_queue(
    request: Request,
    agent: Viewer,
    show: Show = "",
    level: Annotated[str, Query(max_length=32)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> QueuePage:
    """Cases in the order in which they are offered, twenty a page; what is closed only where it is asked for."""
    at = services(request)
    now = at.clock.now()
    with at.database.reading() as conn:
        found = queue(conn, wanted=Wanted(now, agent.agent, show, level), number=page)
    return QueuePage(cases=[case_shown(one.case, now) for one in found.rows], page=found.number, total=found.total)


@router.get("/figures")
@refuses()
def get_queue_figures(request: Request, agent: Viewer) -> QueueFigures:
    """How many cases are open, ready, held and late, and how many of each level."""
    at = services(request)
    with at.database.reading() as conn:
        found = queue_figures(conn, now=at.clock.now())
    return figures_shown(found, {one.origin.id: one.label for one in at.policy.queue.levels})


@router.get("/dispositions")
@refuses()
def get_dispositions(request: Request, agent: Viewer) -> DispositionsShown:
    """What may be told of a case, and what each brings with it."""
    at = services(request)
    rows = at.policy.queue.dispositions(business_date(at.clock.now()))
    return DispositionsShown(dispositions=[disposition_shown(one) for one in rows])


@router.post("/next/claim")
@refuses("person_required")
def claim_next_case(request: Request, agent: Operator) -> ClaimedCase:
    """Take the most urgent case that is ready; whoever holds one gets that one again."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        found = claim_next(conn, by=agent.agent, now=now, policy=at.policy)
    return ClaimedCase(case=case_shown(found, now) if found else None)


@router.get("/{case_id}")
@refuses("case_unknown")
def get_case(request: Request, agent: Viewer, case_id: CaseId) -> CaseBrief:
    """Who it is, what is owed, promised, said and stopped, what may be offered, and whether he may be called now."""
    at = services(request)
    now = at.clock.now()
    with at.database.reading() as conn:
        found = brief_of(conn, case_id=case_id, by=agent.agent, now=now, policy=at.policy)
    return brief_shown(found, now)


@router.post("/{case_id}/claim")
@refuses("case_unknown", "case_closed", "case_held_by_other", "person_required")
def claim_case(request: Request, agent: Operator, case_id: CaseId) -> QueueCase:
    """Take one case; it is the agent's for as long as the policy says."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        return case_shown(claim(conn, case_id=case_id, by=agent.agent, now=now, policy=at.policy), now)


@router.post("/{case_id}/skip")
@refuses(*NOT_MINE)
def skip_case(request: Request, agent: Operator, case_id: CaseId, wish: CaseReasonWish) -> QueueCase:
    """Leave it to a colleague; it is not offered to this agent again for a while."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        return case_shown(skip(conn, case_id=case_id, by=agent.agent, reason=wish.reason, now=now), now)


@router.post("/{case_id}/return")
@refuses(*NOT_MINE)
def return_case(request: Request, agent: Operator, case_id: CaseId, wish: CaseReasonWish) -> QueueCase:
    """Give it back to the queue, for anybody."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        return case_shown(give_back(conn, case_id=case_id, by=agent.agent, reason=wish.reason, now=now), now)


@router.post("/{case_id}/disposition")
@refuses(
    *NOT_MINE,
    "disposition_unknown",
    "promise_incomplete",
    "still_overdue",
    "next_action_not_possible",
    "contact_point_unknown",
    "date_in_past",
    "date_too_far",
    "nothing_owed",
    "amount_too_large",
)
def dispose_of_case(request: Request, agent: Operator, case_id: CaseId, wish: DispositionWish) -> QueueCase:
    """Say what became of it; a stop or a promise that it brings is made in the same transaction."""
    at = services(request)
    now, told = at.clock.now(), Told(**wish.model_dump())
    with at.database.transaction() as conn:
        done = dispose(conn, case_id=case_id, by=agent.agent, told=told, now=now, policy=at.policy)
    return case_shown(done, now)


@router.post("/{case_id}/contact-requests")
@refuses(
    "case_unknown", "case_not_held", "reason_required", "contact_point_unknown", "contact_refused",
    "purpose_not_allowed", "wording", "person_required",
)  # fmt: skip
def ask_for_contact(request: Request, agent: Operator, case_id: CaseId, wish: ContactWish) -> WishToContact:
    """Ask to contact somebody who owes nothing; two other colleagues must agree before the gate allows it, once."""
    at = services(request)
    named: dict[str, Any] = wish.model_dump() | {"purpose": Purpose(wish.purpose)}
    with at.database.transaction() as conn:
        made = ask_to_contact(conn, case_id=case_id, by=agent.agent, now=at.clock.now(), policy=at.policy, **named)
    return request_shown(made)


@router.post("/contact-requests/{request_id}/decision")
@refuses("contact_request_unknown", "person_required", "second_person_required", "already_decided", "case_closed")
def decide_for_contact(
    request: Request, agent: Operator, request_id: Annotated[str, Path(max_length=64)], wish: ContactDecision
) -> WishToContact:
    """Agree to it or not; neither who asked nor who agreed before may."""
    at = services(request)
    with at.database.transaction() as conn:
        done = decide_contact(
            conn,
            request_id=request_id,
            approve=wish.approve,
            by=agent.agent,
            remark=wish.remark,
            now=at.clock.now(),
            policy=at.policy,
        )
    return request_shown(done)

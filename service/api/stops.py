"""How the lender's people stop outreach to a debtor, and let it begin again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator, Viewer
from service.api.deps import services
from service.api.problems import refuses
from service.domain.collect.outreach import Stop
from service.domain.collect.resuming import RequestState, ResumeRequest
from service.usecases.collect.resume import Resumed, decide_resuming, resume
from service.usecases.collect.stop_by_hand import stop_by_hand
from service.usecases.collect.stops import StopShown, stops_of

router = APIRouter(prefix="/collect")
BorrowerId = Annotated[str, Path(max_length=64)]
PauseId = Annotated[str, Path(max_length=64)]
Key = Annotated[str, Header(min_length=1, max_length=200)]


class StopWish(BaseModel):
    """Why outreach must rest, and what was heard. `contact_point_id`: the number or account that is not his."""

    reason: Stop
    note: str = Field(min_length=1, max_length=500)
    contact_point_id: str | None = Field(None, max_length=64)


class ResumeWish(BaseModel):
    """Why outreach may begin again."""

    reason: str = Field(min_length=1, max_length=400)


class ResumeDecision(BaseModel):
    """What a second person says to it."""

    approve: bool = Field(strict=True)
    remark: str = Field("", max_length=500)


class AskedToResume(BaseModel):
    """A request to end a grave stop."""

    request_id: str
    state: RequestState
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class StopOfBorrower(BaseModel):
    """One stop: why, by whom, and how it ended. `grave`: two people end it."""

    pause_id: str
    reason: Stop
    label: str
    note: str
    grave: bool
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    requests: list[AskedToResume]


class StopsOfBorrower(BaseModel):
    """Those that hold first, then newest first."""

    borrower_id: str
    stops: list[StopOfBorrower]


@router.get("/borrowers/{borrower_id}/stops")
@refuses("borrower_unknown")
def get_stops(request: Request, agent: Viewer, borrower_id: BorrowerId) -> StopsOfBorrower:
    """Why outreach to a borrower rests or rested, with who said so and who ended it."""
    at = services(request)
    with at.database.reading() as conn:
        found = stops_of(conn, borrower_id, policy=at.policy)
    return StopsOfBorrower(borrower_id=borrower_id, stops=[_stop(one) for one in found])


@router.post("/borrowers/{borrower_id}/stops")
@refuses("borrower_unknown", "contact_point_unknown", "idempotency_key_reused", "reason_unknown", "reason_required")
def make_stop(
    request: Request, agent: Operator, borrower_id: BorrowerId, wish: StopWish, idempotency_key: Key
) -> StopsOfBorrower:
    """Stop outreach and cancel all that is queued, in one transaction; asked again, it is the same stop."""
    at = services(request)
    with at.database.transaction() as conn:
        stop_by_hand(
            conn,
            borrower_id=borrower_id,
            reason=wish.reason,
            note=wish.note,
            by=agent.agent,
            key=f"operator:{agent.agent_id}:{idempotency_key}",
            contact_point_id=wish.contact_point_id,
            now=at.clock.now(),
        )
        found = stops_of(conn, borrower_id, policy=at.policy)
    return StopsOfBorrower(borrower_id=borrower_id, stops=[_stop(one) for one in found])


@router.post("/stops/{pause_id}/resume")
@refuses("pause_unknown", "person_required", "reason_required")
def resume_outreach(request: Request, agent: Operator, pause_id: PauseId, wish: ResumeWish) -> StopOfBorrower:
    """End a stop, or, where it is grave, ask for a second person's approval; asked again, it is the same request."""
    at = services(request)
    with at.database.transaction() as conn:
        done = resume(conn, pause_id=pause_id, by=agent.agent, reason=wish.reason, now=at.clock.now(), policy=at.policy)
        found = stops_of(conn, done.pause.borrower_id, policy=at.policy)
    return _one(found, done)


@router.post("/resume-requests/{request_id}/decision")
@refuses("resume_request_unknown", "person_required", "second_person_required", "already_decided")
def decide_resume(
    request: Request, agent: Operator, request_id: Annotated[str, Path(max_length=64)], wish: ResumeDecision
) -> StopOfBorrower:
    """Approve or reject that a grave stop ends; whoever asked for it may not."""
    at = services(request)
    with at.database.transaction() as conn:
        done = decide_resuming(
            conn,
            request_id=request_id,
            approve=wish.approve,
            by=agent.agent,
            remark=wish.remark,
            now=at.clock.now(),
        )
        found = stops_of(conn, done.pause.borrower_id, policy=at.policy)
    return _one(found, done)


def _one(found: tuple[StopShown, ...], done: Resumed) -> StopOfBorrower:
    return _stop(next(one for one in found if one.pause.id == done.pause.id))


def _stop(one: StopShown) -> StopOfBorrower:
    held = one.pause
    return StopOfBorrower(
        pause_id=held.id,
        reason=held.reason,
        label=one.label,
        note=held.note,
        grave=one.grave,
        started_at=held.started_at,
        started_by=held.started_by,
        ended_at=held.ended_at,
        ended_by=held.ended_by,
        end_reason=held.end_reason,
        requests=[_asked(each) for each in one.requests],
    )


def _asked(one: ResumeRequest) -> AskedToResume:
    return AskedToResume(
        request_id=one.id,
        state=one.state,
        reason=one.reason,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
    )

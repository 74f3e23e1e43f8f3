"""Calls by people: an agent asks before he dials and tells what came of it, and what agencies dialled is counted."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator
from service.api.deps import services
from service.api.iso import Instant
from service.api.problems import refuses
from service.domain.collect.calling import CallResult
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Purpose
from service.usecases.collect.clear_call import AskedCall, clear_call
from service.usecases.collect.import_attempts import Reported, Taken, import_attempts
from service.usecases.collect.report_call import report_call
from service.usecases.loan.answer_once import answer_once

router = APIRouter(prefix="/collect")
BorrowerId = Annotated[str, Path(max_length=64)]
Key = Annotated[str, Header(min_length=1, max_length=200)]
AT_MOST = 1000  # attempts in one report of an agency


class CallWish(BaseModel):
    """Why the call is wanted, and of which number; without one it is the debtor's own."""

    purpose: Purpose
    contact_point_id: str | None = Field(None, max_length=64)


class WhyNot(BaseModel):
    """One reason why not, with the rule it comes from."""

    code: str
    detail: str
    source: str


class CallAnswer(BaseModel):
    """Whether it may be dialled now. `number`, `opening` and `dial_until` only where it may; a unit of the quota is
    kept for it until its result is told."""

    call_id: str
    allowed: bool
    reasons: list[WhyNot]
    number: str
    opening: str
    dial_until: datetime | None
    policy_version: str


class CallReport(BaseModel):
    """What came of the call; `seconds` where somebody talked."""

    result: CallResult
    seconds: int | None = Field(None, strict=True, ge=0, le=86_400)


class ReportedCall(BaseModel):
    """The call as it counts now."""

    call_id: str
    borrower_id: str
    outcome: Outcome
    seconds: int | None
    reported_at: datetime | None


class AgencyAttempt(BaseModel):
    """One attempt of an agency's: `reference` is its own name for it, the same again counts once."""

    reference: str = Field(min_length=1, max_length=128)
    borrower_id: str = Field(min_length=1, max_length=64)
    channel: Literal["phone", "voice", "notice", "sms"]
    number: str = Field(pattern=r"^\+?[0-9]{5,20}$")
    at: Instant
    outcome: Literal["connected", "unanswered", "voicemail", "delivered", "not_delivered", "unknown"]
    seconds: int | None = Field(None, strict=True, ge=0, le=86_400)


class AgencyReport(BaseModel):
    """What one agency tried."""

    agency: str = Field(min_length=1, max_length=64)
    attempts: list[AgencyAttempt] = Field(min_length=1, max_length=AT_MOST)


class TakenAttempt(BaseModel):
    """What became of one reported attempt."""

    reference: str
    taken: Taken


class TakenReport(BaseModel):
    """In the order of the report."""

    attempts: list[TakenAttempt]


@router.post("/borrowers/{borrower_id}/calls")
@refuses(
    "borrower_unknown",
    "contact_point_unknown",
    "purpose_unfit",
    "case_not_held",
    "idempotency_key_reused",
    "request_in_progress",
)
def ask_to_call(
    request: Request, agent: Operator, borrower_id: BorrowerId, wish: CallWish, idempotency_key: Key
) -> CallAnswer:
    """Ask the gate before dialling: it answers with every reason why not, or keeps a unit of the quota for the call.
    Others than the debtor are called only by whoever holds his case."""
    at = services(request)
    now, scope = at.clock.now(), f"call:{agent.agent_id}"
    asked = {"borrower_id": borrower_id, **wish.model_dump(mode="json")}
    call_id = "call-" + hashlib.sha256(f"{scope}|{idempotency_key}".encode()).hexdigest()[:32]
    with at.database.transaction() as conn:

        def answer() -> dict[str, Any]:
            made = clear_call(
                conn,
                attempt_id=call_id,
                borrower_id=borrower_id,
                purpose=wish.purpose,
                by=agent.agent,
                now=now,
                policy=at.policy,
                contact_point_id=wish.contact_point_id,
            )
            return _answer(made).model_dump(mode="json")

        kept = answer_once(conn, scope=scope, key=idempotency_key, request=asked, act=answer, now=now)
    return CallAnswer.model_validate(kept)


@router.post("/calls/{call_id}/result")
@refuses("call_unknown", "call_of_another", "call_reported", "result_unfit")
def tell_result(
    request: Request, agent: Operator, call_id: Annotated[str, Path(max_length=128)], told: CallReport
) -> ReportedCall:
    """Tell what came of a call; a wrong number stops outreach to it at once. The same again changes nothing."""
    at = services(request)
    with at.database.transaction() as conn:
        now = at.clock.now()
        made = report_call(conn, attempt_id=call_id, by=agent.agent, result=told.result, seconds=told.seconds, now=now)
    return ReportedCall(
        call_id=made.id,
        borrower_id=made.borrower_id,
        outcome=made.outcome,
        seconds=made.seconds,
        reported_at=made.reported_at,
    )


@router.post("/agency-attempts")
@refuses()
def take_agency_report(request: Request, agent: Operator, told: AgencyReport) -> TakenReport:
    """Count what an agency tried, with what everybody else tried. Sent again, nothing is counted twice."""
    at = services(request)
    reported = [
        Reported(
            reference=one.reference,
            borrower_id=one.borrower_id,
            channel=one.channel,
            number=one.number,
            at=one.at,
            outcome=Outcome(one.outcome),
            seconds=one.seconds,
        )
        for one in told.attempts
    ]
    with at.database.transaction() as conn:
        taken = import_attempts(conn, reported, agency=told.agency, now=at.clock.now(), policy=at.policy)
    both = zip(reported, taken, strict=True)
    return TakenReport(attempts=[TakenAttempt(reference=one.reference, taken=what) for one, what in both])


def _answer(made: AskedCall) -> CallAnswer:
    return CallAnswer(
        call_id=made.attempt.id,
        allowed=made.allowed,
        reasons=[WhyNot(**one.as_dict()) for one in made.reasons],
        number=made.number,
        opening=made.opening,
        dial_until=made.dial_until,
        policy_version=made.attempt.policy_version,
    )

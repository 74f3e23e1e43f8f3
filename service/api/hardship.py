"""What the bot's actions ask for a borrower in difficulty: propose, look at and take back a hardship proposal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.api.iso import Day
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind, HardshipPolicy
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.domain.money import LARGEST_FEN
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.list_hardship import list_hardship
from service.usecases.collect.propose_hardship import propose_hardship
from service.usecases.collect.withdraw_hardship import withdraw_hardship

router = APIRouter(prefix="/loan")
Borrower = Annotated[str, Depends(verified_borrower)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}/hardship-proposals"


def _number() -> Any:
    return Field(0, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)


class HardshipWish(BaseModel):
    """Which loan, which kind of help, and its terms: `months` of a deferral, `periods` and `first_on` of a plan,
    `fee_fen` and `penalty_fen` of a reduction, `days` of a stop."""

    loan_id: str = Field(min_length=1, max_length=64)
    kind: HardshipKind
    months: int = _number()
    periods: int = _number()
    first_on: Day | None = None
    days: int = _number()
    fee_fen: int = _number()
    penalty_fen: int = _number()
    note: str = Field("", max_length=2000)

    def terms(self) -> Terms:
        """Only what the kind uses: the rest says nothing."""
        named = {name: getattr(self, name) for name in Terms.__dataclass_fields__ if name != "kind"}
        asked = Terms(self.kind, **named)
        return Terms.of(self.kind, asked.as_dict())


class HardshipPart(BaseModel):
    """One part of a plan."""

    due_on: date
    amount_fen: int


class HardshipWhy(BaseModel):
    """A reason, in words for the borrower."""

    code: str
    text: str


class HardshipProposal(BaseModel):
    """A proposal as a borrower may see it: who decided is "rules" or "person", never a name."""

    proposal_id: str
    reference: str
    loan_id: str
    kind: HardshipKind
    state: HardshipState
    terms: dict[str, int | str | None]
    parts: list[HardshipPart]
    reasons: list[HardshipWhy]
    reason: str
    advice: str
    outcome: str
    decided_by: str
    begins_on: date | None
    until_on: date | None
    ended_on: date | None
    policy_version: str
    created_at: datetime
    answer_by: date | None
    decided_at: datetime | None


class HardshipBounds(BaseModel):
    """What may be proposed at all today, whoever decides: money in fen."""

    months_at_most: int
    periods_at_most: int
    part_at_least_fen: int
    first_on_latest: date


class HardshipProposals(BaseModel):
    """A borrower's proposals, and what he may propose."""

    proposals: list[HardshipProposal]
    bounds: HardshipBounds


@router.post(OF, dependencies=OURS)
@refuses(
    "borrower_unknown",
    "loan_unknown",
    "idempotency_key_reused",
    "proposal_open",
    "loan_settled",
    "plan_running",
    "months_out_of_range",
    "deferral_too_short",
    "paid_by_statements",
    "periods_out_of_range",
    "first_part_out_of_range",
    "part_too_small",
    "nothing_to_waive",
    "amount_not_positive",
    "reduction_too_large",
    "stop_days_out_of_range",
)
def post_hardship_proposal(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: HardshipWish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> HardshipProposal:
    """Propose help; a rule agrees at once or a person decides. The same Idempotency-Key again is the same proposal."""
    at = services(request)
    with at.database.transaction() as conn:
        made = propose_hardship(
            conn,
            borrower_id=borrower_id,
            conversation_id=conversation_id,
            loan_id=wish.loan_id,
            terms=wish.terms(),
            note=wish.note,
            key=idempotency_key,
            now=at.clock.now(),
            policy=at.hardship,
            tell=tell_hardship,
        )
    at.bell.ring(conversation_id)
    return _shown(made, at.hardship)


@router.get(OF, dependencies=OURS)
def get_hardship_proposals(request: Request, borrower_id: Borrower) -> HardshipProposals:
    """The borrower's hardship proposals, newest first, and the bounds of a new one."""
    at = services(request)
    with at.database.reading() as conn:
        found = list_hardship(conn, borrower_id=borrower_id)
    today = business_date(at.clock.now())
    limits = at.hardship.limits_on(today)
    bounds = HardshipBounds(
        months_at_most=limits.months_at_most,
        periods_at_most=limits.periods_at_most,
        part_at_least_fen=limits.part_at_least_fen,
        first_on_latest=today + timedelta(days=limits.first_part_within_days),
    )
    return HardshipProposals(proposals=[_shown(one, at.hardship) for one in found], bounds=bounds)


@router.post(OF + "/{proposal_id}/withdrawal", dependencies=OURS)
@refuses("proposal_unknown", "already_decided")
def post_hardship_withdrawal(request: Request, borrower_id: Borrower, proposal_id: str) -> HardshipProposal:
    """Take back a proposal that nobody has decided; asked again, it is the same."""
    at = services(request)
    with at.database.transaction() as conn:
        found = withdraw_hardship(conn, proposal_id=proposal_id, borrower_id=borrower_id, now=at.clock.now())
    return _shown(found, at.hardship)


def _shown(made: Proposal, policy: HardshipPolicy) -> HardshipProposal:
    parts = (made.effect or {}).get("parts", ())
    by = "rules" if made.decided_by.startswith("rule:") else "person"
    return HardshipProposal(
        proposal_id=made.id,
        reference=made.reference,
        loan_id=made.loan_id,
        kind=made.kind,
        state=made.state,
        terms=dict(made.terms),
        parts=[HardshipPart(due_on=part["due_on"], amount_fen=part["fen"]) for part in parts],
        reasons=[HardshipWhy(code=one["code"], text=one["text"]) for one in made.findings],
        reason=made.reason,
        advice=made.advice,
        outcome=made.outcome,
        decided_by=by if made.decided_by else "",
        begins_on=made.begins_on,
        until_on=made.until_on,
        ended_on=made.ended_on,
        policy_version=made.policy_version,
        created_at=made.created_at,
        answer_by=made.answer_by(policy),
        decided_at=made.decided_at,
    )

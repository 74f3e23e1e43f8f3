"""Disputes and complaints: filed by the bot's actions for the borrower of a conversation, answered by the lender's
people; and how all stands that a borrower filed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator
from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.desk.filed import Filed, FiledKind, FiledState
from service.domain.desk.matter import ANSWER_AT_MOST, Matter, MatterKind, MatterOutcome
from service.usecases.desk.answer_matter import answer_matter
from service.usecases.desk.file_matter import Filing, file_matter
from service.usecases.desk.what_was_filed import what_was_filed

router = APIRouter(prefix="/desk")
Borrower = Annotated[str, Depends(verified_borrower)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}/matters"


class MatterWish(BaseModel):
    """A dispute or a complaint in the borrower's words."""

    kind: MatterKind
    about: str = Field(min_length=1, max_length=200)
    words: str = Field(min_length=1, max_length=2000)
    loan_id: str | None = Field(None, min_length=1, max_length=64)


class FiledMatter(BaseModel):
    """What was filed, what it is called by, and the day by which a person answers."""

    matter_id: str
    reference: str
    kind: MatterKind
    about: str
    loan_id: str | None
    words: str
    answer_by: date
    created_at: datetime


class MatterAnswer(BaseModel):
    """What was found, and why, in words for the borrower."""

    outcome: MatterOutcome
    answer: str = Field(min_length=1, max_length=ANSWER_AT_MOST)


class AnsweredMatter(BaseModel):
    """A matter with its answer, by whom and when."""

    matter_id: str
    reference: str
    kind: MatterKind
    outcome: MatterOutcome
    answer: str
    answered_by: str
    answered_at: datetime


class FiledThing(BaseModel):
    """One thing that the borrower filed, and how it stands; `text` is all of it in words. Never an agent's name."""

    reference: str
    kind: FiledKind
    title: str
    about: str
    filed_on: date
    state: FiledState
    late: bool
    answer_by: date | None
    decided_on: date | None
    outcome: str
    reviewable: bool
    text: str


class FiledThings(BaseModel):
    """All of them, newest first."""

    filed: list[FiledThing]


@router.get("/conversations/{conversation_id}/filed", dependencies=OURS)
def get_filed(request: Request, borrower_id: Borrower) -> FiledThings:
    """How everything stands that the borrower filed: disputes, complaints, hardship proposals, limit applications."""
    at = services(request)
    now = at.clock.now()
    with at.database.reading() as conn:
        found = what_was_filed(
            conn, borrower_id=borrower_id, now=now, days=at.answer_days, hardship=at.hardship, limits=at.limit_rules
        )
    return FiledThings(filed=[_standing(one, business_date(now)) for one in found])


@router.post("/matters/{matter_id}/answer")
@refuses("matter_unknown", "already_decided", "empty_message", "text_too_long", "wording")
def post_matter_answer(
    request: Request, agent: Operator, matter_id: Annotated[str, Path(max_length=64)], wish: MatterAnswer
) -> AnsweredMatter:
    """Answer a dispute or a complaint and tell the borrower; the same agent's same answer again changes nothing."""
    at = services(request)
    with at.database.transaction() as conn:
        made = answer_matter(
            conn,
            matter_id=matter_id,
            outcome=wish.outcome,
            answer=wish.answer,
            by=agent.agent,
            wording=at.policy.wording,
            now=at.clock.now(),
        )
    at.bell.ring(made.conversation_id)
    assert made.outcome is not None
    assert made.answered_at is not None
    return AnsweredMatter(
        matter_id=made.id,
        reference=made.reference,
        kind=made.kind,
        outcome=made.outcome,
        answer=made.answer,
        answered_by=made.answered_by,
        answered_at=made.answered_at,
    )


@router.post(OF, dependencies=OURS, status_code=201)
@refuses("borrower_unknown", "loan_unknown", "idempotency_key_reused")
def post_matter(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: MatterWish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> FiledMatter:
    """File it, stop outreach under its name and ask for a person, in one transaction; the same Idempotency-Key again
    is the same matter."""
    at = services(request)
    with at.database.transaction() as conn:
        made = file_matter(
            conn,
            borrower_id=borrower_id,
            conversation_id=conversation_id,
            filing=Filing(kind=wish.kind, about=wish.about, words=wish.words, loan_id=wish.loan_id),
            key=idempotency_key,
            now=at.clock.now(),
            days=at.answer_days,
        )
    return _shown(made)


def _shown(made: Matter) -> FiledMatter:
    return FiledMatter(
        matter_id=made.id,
        reference=made.reference,
        kind=made.kind,
        about=made.about,
        loan_id=made.loan_id,
        words=made.words,
        answer_by=made.answer_by,
        created_at=made.created_at,
    )


def _standing(one: Filed, today: date) -> FiledThing:
    return FiledThing(
        reference=one.reference,
        kind=one.kind,
        title=one.title,
        about=one.about,
        filed_on=one.filed_on,
        state=one.state,
        late=one.late(today),
        answer_by=one.answer_by,
        decided_on=one.decided_on,
        outcome=one.outcome,
        reviewable=one.reviewable,
        text=one.text(today),
    )

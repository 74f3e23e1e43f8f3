"""What the bot's actions file for the borrower of a conversation: disputes and complaints."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.desk.matter import Matter, MatterKind
from service.usecases.desk.file_matter import Filing, file_matter

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

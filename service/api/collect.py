"""What the bot's actions record for the borrower of a conversation: promises, and reasons to leave him in peace."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field, model_validator

from service.api.answers import RecordedPause, RecordedPromise, RecordedPromises, promise_shown
from service.api.deps import internal, services, verified_borrower
from service.api.iso import Day
from service.api.problems import refuses
from service.domain.collect.promising import Wished
from service.domain.days import business_date
from service.domain.money import LARGEST_FEN
from service.usecases.collect.list_promises import list_promises
from service.usecases.collect.make_promise import latest_day, make_promise
from service.usecases.collect.pause import pause

router = APIRouter(prefix="/collect")
Borrower = Annotated[str, Depends(verified_borrower)]
Key = Annotated[str, Header(min_length=1, max_length=255)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"
# What a borrower can say for himself; the other reasons are recorded by people.
Reason = Literal[
    "dispute",
    "hardship",
    "complaint",
    "opt_out",
    "crisis",
    "wrong_person",
    "fraud",
    "third_party",
    "debtor_unavailable",
]


class PartWish(BaseModel):
    """One payment of a promise. Without a sum it is what is left beside the others."""

    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    due_on: Day
    condition: str = Field("", max_length=64)


class PromiseWish(BaseModel):
    """What the borrower promises, and in which words: a sum and its day, or `parts`."""

    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    due_on: Day | None = None
    parts: list[PartWish] = Field(default_factory=list, max_length=20)
    text: str = Field("", max_length=2000)

    @model_validator(mode="after")
    def _either_or(self) -> PromiseWish:
        """Raises ValueError where both ways are used, or none."""
        single = (self.amount_fen is not None, self.due_on is not None)
        if single != (not self.parts, not self.parts):
            raise ValueError("name amount_fen and due_on, or parts")
        return self

    def wished(self) -> tuple[Wished, ...]:
        if self.due_on is not None:
            return (Wished(self.amount_fen, self.due_on),)
        return tuple(Wished(one.amount_fen, one.due_on, one.condition) for one in self.parts)


class PauseWish(BaseModel):
    """Why the borrower is to be left in peace."""

    reason: Reason
    note: str = Field("", max_length=2000)


@router.post(OF + "/promises", dependencies=OURS)
@refuses(
    "borrower_unknown",
    "idempotency_key_reused",
    "date_in_past",
    "date_too_far",
    "amount_not_positive",
    "amount_too_large",
    "nothing_owed",
    "nothing_left",
    "rest_not_clear",
    "too_many_parts",
    "too_many_renegotiations",
)
def make_a_promise(
    request: Request, conversation_id: str, borrower_id: Borrower, wish: PromiseWish, idempotency_key: Key
) -> RecordedPromise:
    """Record a promise to pay, in one part or several; the same Idempotency-Key again is the same promise."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        made = make_promise(
            conn,
            borrower_id=borrower_id,
            conversation_id=conversation_id,
            parts=wish.wished(),
            text=wish.text,
            key=idempotency_key,
            now=now,
            today=business_date(now),
            policy=at.policy,
        )
    return promise_shown(made)


@router.get(OF + "/promises", dependencies=OURS)
def get_promises(request: Request, borrower_id: Borrower) -> RecordedPromises:
    """The borrower's promises, newest first."""
    at = services(request)
    with at.database.reading() as conn:
        made = [promise_shown(one) for one in list_promises(conn, borrower_id=borrower_id)]
    return RecordedPromises(promises=made, latest_on=latest_day(business_date(at.clock.now()), policy=at.policy))


@router.post(OF + "/pauses", dependencies=OURS)
@refuses("borrower_unknown", "idempotency_key_reused", "reason_unknown")
def make_a_pause(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: PauseWish,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> RecordedPause:
    """Pause automated outreach and cancel what is planned; asked again, it is the same pause."""
    at = services(request)
    with at.database.transaction() as conn:
        made = pause(
            conn,
            borrower_id=borrower_id,
            reason=wish.reason,
            note=wish.note,
            by="borrower",
            now=at.clock.now(),
            key=idempotency_key,
        )
    return RecordedPause(pause_id=made.id, reason=made.reason.value, started_at=made.started_at)

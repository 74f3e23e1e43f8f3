"""What the bot's actions record for the borrower of a conversation: promises, and reasons to leave him in peace."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.domain.collect.promise import Promise
from service.domain.days import business_date
from service.usecases.collect.list_promises import list_promises
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.pause import pause

router = APIRouter(prefix="/collect")
Borrower = Annotated[str, Depends(verified_borrower)]
Key = Annotated[str, Header(min_length=1, max_length=255)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"
LARGEST_FEN = 10**12
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


class PromiseWish(BaseModel):
    amount_fen: int = Field(strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    due_on: date
    text: str = Field("", max_length=2000)


class PauseWish(BaseModel):
    reason: Reason
    note: str = Field("", max_length=2000)


@router.post(OF + "/promises", dependencies=OURS)
def promise(
    request: Request, conversation_id: str, borrower_id: Borrower, wish: PromiseWish, idempotency_key: Key
) -> dict[str, Any]:
    """Record a promise to pay; the same Idempotency-Key again is the same promise."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        made = make_promise(
            conn,
            borrower_id=borrower_id,
            conversation_id=conversation_id,
            amount_fen=wish.amount_fen,
            due_on=wish.due_on,
            text=wish.text,
            key=idempotency_key,
            now=now,
            today=business_date(now),
            policy=at.policy,
        )
    return _shown(made)


@router.get(OF + "/promises", dependencies=OURS)
def promises(request: Request, borrower_id: Borrower) -> dict[str, Any]:
    """The borrower's promises, newest first."""
    with services(request).database.reading() as conn:
        return {"promises": [_shown(one) for one in list_promises(conn, borrower_id=borrower_id)]}


@router.post(OF + "/pauses", dependencies=OURS)
def rest(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: PauseWish,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> dict[str, Any]:
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
    return {"pause_id": made.id, "reason": made.reason.value, "started_at": made.started_at.isoformat()}


def _shown(made: Promise) -> dict[str, Any]:
    return {
        "promise_id": made.id,
        "amount_fen": made.amount_fen,
        "due_on": made.due_on.isoformat(),
        "state": made.state.value,
        "paid_fen": made.paid_fen,
        "created_at": made.created_at.isoformat(),
    }

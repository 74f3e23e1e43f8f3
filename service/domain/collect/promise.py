"""When a promise to pay counts as kept, partly kept or broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from service.domain.days import SHANGHAI


class PromiseState(StrEnum):
    PENDING = "pending"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    CANCELLED = "cancelled"  # replaced by a newer one


@dataclass(frozen=True, slots=True)
class Promise:
    """So much (fen) by the end of a day. `paid_fen`: posted to the ledger since it was made, until that end."""

    id: str
    borrower_id: str
    conversation_id: str
    amount_fen: int
    due_on: date
    state: PromiseState
    paid_fen: int
    text: str
    created_at: datetime
    decided_at: datetime | None


def deadline(due_on: date) -> datetime:
    """The last instant that counts: the end of the day in Shanghai."""
    return datetime.combine(due_on, time.max, SHANGHAI)


def decide(promise: Promise, *, paid_fen: int, today: date) -> PromiseState:
    """Kept as soon as the whole amount has come; short of it only the end of the day decides."""
    if paid_fen >= promise.amount_fen:
        return PromiseState.KEPT
    if today <= promise.due_on:
        return PromiseState.PENDING
    return PromiseState.PARTLY if paid_fen > 0 else PromiseState.BROKEN

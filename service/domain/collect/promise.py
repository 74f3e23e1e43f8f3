"""A promise to pay, in one part or several, and how far each is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from service.domain.days import SHANGHAI


class PromiseState(StrEnum):
    """Of a promise and of each of its parts. A promise is decided by the first part that falls short, and kept with
    the last: after a part that fell short it protects from collection no more."""

    PENDING = "pending"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    CANCELLED = "cancelled"  # replaced by a newer one


SHORT = frozenset({PromiseState.PARTLY, PromiseState.BROKEN})


class Cause(StrEnum):
    """Why a promise stands otherwise than before."""

    MADE = "made"
    REPLACED = "replaced"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    MOVED = "moved"
    REFUND = "refund"
    DAY_OVER = "day_over"


@dataclass(frozen=True, slots=True)
class Why:
    """A cause and what it was: the payment's id, the key of the refund, the newer promise; "" for a day."""

    cause: Cause
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """So much (fen) by the end of a day; a payment counts until `counts_until`, which is that day and the days of
    grace that the policy gave when it was promised. `is_rest`: promised as what was left, and fixed then. `decided_on`:
    the day on which it was full, or the first after it counted."""

    no: int
    amount_fen: int
    due_on: date
    counts_until: date
    is_rest: bool = False
    condition: str = ""
    state: PromiseState = PromiseState.PENDING
    kept_fen: int = 0
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """`amount_fen` and `due_on` are the sum of the parts and the last of their days. `paid_fen`: what of it was kept.
    `replaced_at`: when the borrower made the next one; what is paid later counts for that."""

    id: str
    borrower_id: str
    conversation_id: str
    parts: tuple[Part, ...]
    state: PromiseState
    paid_fen: int
    text: str
    created_at: datetime
    decided_at: datetime | None
    replaced_at: datetime | None = None

    @property
    def amount_fen(self) -> int:
        return sum(one.amount_fen for one in self.parts)

    @property
    def due_on(self) -> date:
        return max(one.due_on for one in self.parts)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a promise's history: how it and its parts stood from `at` on, and why."""

    at: datetime
    why: Why
    was: PromiseState | None
    state: PromiseState
    paid_fen: int
    parts: tuple[tuple[int, PromiseState, int], ...]  # no, state, fen kept


def deadline(day: date) -> datetime:
    """The last instant that counts: the end of the day in Shanghai."""
    return datetime.combine(day, time.max, SHANGHAI)

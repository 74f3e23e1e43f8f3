"""An agreement to pay what is owed in parts of one's own size: what it asks for, and when it is kept or broken.

The contract stays as it is underneath. While a plan is kept its parts stand in for the due dates, days past due
stand still and, where agreed, no penalty interest accrues; when it is broken the contract's due dates count again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class PlanState(StrEnum):
    """What of a plan is true on a day."""

    RUNNING = "running"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Part:
    due_on: date
    fen: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts` by due date, all positive; `received_before_fen` is what the loan had received when it began. A part
    may come up to `grace_days` late. Raises ValueError for parts that are none."""

    id: str
    started_on: date
    parts: tuple[Part, ...]
    received_before_fen: int
    grace_days: int
    stops_penalty: bool

    def __post_init__(self) -> None:
        days = [part.due_on for part in self.parts]
        if not days or days != sorted(set(days)) or days[0] < self.started_on:
            raise ValueError("a plan has parts, each on a later day than the one before, none before it begins")
        if any(part.fen <= 0 for part in self.parts) or self.grace_days < 0:
            raise ValueError("every part asks for money, and grace is no negative number of days")

    def open_parts(self, received_fen: int, *, owed_fen: int) -> Iterator[tuple[int, date, int]]:
        """(number, due date, fen) of the parts not received yet, never more than the loan still owes."""
        left = received_fen - self.received_before_fen
        for no, part in enumerate(self.parts, start=1):
            covered = max(0, min(left, part.fen))
            left -= part.fen
            fen = min(part.fen - covered, owed_fen)
            owed_fen -= fen
            if fen:
                yield no, part.due_on, fen

    def state(self, received_fen: int, day: date) -> PlanState:
        """Kept once everything was received; broken from the day after the grace of a part that was not."""
        received = received_fen - self.received_before_fen
        if received >= sum(part.fen for part in self.parts):
            return PlanState.KEPT
        asked = sum(part.fen for part in self.parts if part.due_on + timedelta(days=self.grace_days) < day)
        return PlanState.BROKEN if received < asked else PlanState.RUNNING

    def breaking_days(self) -> Iterator[date]:
        """The days on which it may be found broken."""
        return (part.due_on + timedelta(days=self.grace_days + 1) for part in self.parts)

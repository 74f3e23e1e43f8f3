"""How far along a debtor is: the day counted from his due date, and the tier that the day belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.domain.collect.outreach import Kind
from service.domain.loan.bill import Debt
from service.domain.rows import Origin


@dataclass(frozen=True, slots=True)
class Tier:
    """Days from `from_day` to `to_day`, both included; None: without end."""

    origin: Origin
    label: str
    kind: Kind
    from_day: int
    to_day: int | None

    def holds(self, day: int) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a debtor stands today: `day` is below zero before the due date, 0 on it, then days past due.

    `episode_on` is the due date it counts from, `fen` what is unpaid: overdue, or about to fall due.
    """

    day: int
    episode_on: date
    fen: int


def standing(debt: Debt, today: date) -> Standing | None:
    """None where nothing is unpaid. What is overdue comes before what falls due next."""
    if debt.oldest_due_on is not None and debt.overdue_fen > 0:
        return Standing(debt.days_past_due, debt.oldest_due_on, debt.overdue_fen)
    if debt.next_due_on is not None and debt.next_due_fen > 0:
        return Standing(-(debt.next_due_on - today).days, debt.next_due_on, debt.next_due_fen)
    return None


def tier_of(tiers: Iterable[Tier], day: int) -> Tier | None:
    return next((tier for tier in tiers if tier.holds(day)), None)

"""How interest and penalty interest grow with the days, and from which day penalty interest is owed at all."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache

from service.domain.money import round_fen


class GraceMode(StrEnum):
    """Once the grace days are over, penalty interest counts from the due date, or only from the end of grace."""

    BACKDATE = "backdate"
    FROM_GRACE_END = "from_grace_end"


_grace_mode = cache(GraceMode)  # to look a member up takes longer


def penalty_rate(contract_rate: Decimal, *, multiplier: Decimal, cap: Decimal | None) -> Decimal:
    """The annual penalty rate: the contract's times `multiplier` (usually 1.5; 银发〔2003〕251号), at most `cap`."""
    rate = contract_rate * multiplier
    return rate if cap is None else min(rate, cap)


def accrued_fen(
    principal_fen: int, *, annual_rate: Decimal, days: int, year_basis: int, rounding: str = ROUND_HALF_UP
) -> int:
    """The interest of `days` in fen, rounded once at the end.

    What a day adds is the difference of two of these: each day rounded by itself makes 0.60 of 0.75 yuan (P07).
    """
    return round_fen(principal_fen * annual_rate * days / year_basis, rounding)


def penalty_days(*, due_on: date, as_of: date, grace_days: int, mode: str) -> int:
    """How many days of penalty interest an instalment bears that is unpaid on `as_of`; 0 while grace lasts.

    The first day is the one after the due date. `mode` is a `GraceMode`; raises ValueError for another.
    """
    late = (as_of - due_on).days
    backdated = _grace_mode(mode) is GraceMode.BACKDATE
    if late <= grace_days:
        return 0
    return late if backdated else late - grace_days

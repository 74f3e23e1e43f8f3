"""A loan's penalty terms as whole numbers, so that a database can do exactly what `domain/loan/interest` does.

Fen × days at a rate, rounded once, is `(fen_days × times + plus) ÷ parts` in whole numbers for every fen_days ≥ 0;
half-even takes one off again where it lies exactly in the middle and the number below it is even.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP
from decimal import Decimal
from fractions import Fraction

BIGINT = 2**63 - 1
MOST_DAYS = 40_000  # more than a hundred years: no loan is as late, so fen × days cannot overflow below


@dataclass(frozen=True, slots=True)
class WholeTerms:
    """Good for instalments of up to `most_fen` unpaid principal that have borne up to `most_fen_days`; with more,
    a 64-bit integer might overflow on the way."""

    penalty_rate: str
    day_count: str
    rounding: str
    times: int
    plus: int
    parts: int
    half_even: bool
    most_fen: int
    most_fen_days: int


def whole_terms(penalty_rate: str, *, day_count: str, rounding: str) -> WholeTerms | None:
    """`penalty_rate` is a decimal as stored. None where whole numbers cannot say it: that is left to the domain."""
    try:
        daily = Fraction(Decimal(penalty_rate)) / (365 if day_count.endswith("365") else 360)
    except (ArithmeticError, ValueError):
        return None
    times, parts = 2 * daily.numerator, 2 * daily.denominator
    plus = {
        ROUND_DOWN: 0,
        ROUND_FLOOR: 0,
        ROUND_HALF_DOWN: parts // 2 - 1,
        ROUND_HALF_UP: parts // 2,
        ROUND_HALF_EVEN: parts // 2,
        ROUND_UP: parts - 1,
        ROUND_CEILING: parts - 1,
    }.get(rounding)
    if plus is None or times < 0 or parts > BIGINT // 2:
        return None
    most = (BIGINT // 2 - plus) // max(times, 1) // 2
    return WholeTerms(
        penalty_rate, day_count, rounding, times, plus, parts, rounding == ROUND_HALF_EVEN, most // MOST_DAYS, most
    )

"""A loan's penalty terms as whole numbers, so that a database can do exactly what `domain/loan/interest` does.

Fen × days at a rate, rounded once, is `(fen_days × times + plus) ÷ parts` in whole numbers for every fen_days ≥ 0;
half-even takes one off again where it lies exactly in the middle and the number below it is even.
"""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

BIGINT = 2**63 - 1
# More than any loan has; with less, fen × days stays a 64-bit integer.
MOST_DAYS = 40_000
MOST_FEN = 10**14
MOST_FEN_DAYS = 4 * 10**18


@dataclass(frozen=True, slots=True)
class WholeTerms:
    """Good for up to `most_fen_days`: with more, a 64-bit integer would overflow on the way."""

    penalty_rate: str
    day_count: str
    rounding: str
    times: int
    plus: int
    parts: int
    half_even: bool
    most_fen_days: int


def whole_terms(penalty_rate: str, *, day_count: str, rounding: str) -> WholeTerms | None:
    """`penalty_rate` is a decimal as stored. None where whole numbers cannot say it: that is left to the domain."""
    try:
        daily = Fraction(Decimal(penalty_rate)) / (365 if day_count.endswith("365") else 360)
    except (ArithmeticError, ValueError):
        return None
    times, parts = 2 * daily.numerator, 2 * daily.denominator
    plus = {
        decimal.ROUND_DOWN: 0,
        decimal.ROUND_FLOOR: 0,
        decimal.ROUND_HALF_DOWN: parts // 2 - 1,
        decimal.ROUND_HALF_UP: parts // 2,
        decimal.ROUND_HALF_EVEN: parts // 2,
        decimal.ROUND_UP: parts - 1,
        decimal.ROUND_CEILING: parts - 1,
    }.get(rounding)
    if plus is None or times < 0 or parts > BIGINT:
        return None
    most = (BIGINT - plus) // max(times, 1)
    even = rounding == decimal.ROUND_HALF_EVEN
    return WholeTerms(penalty_rate, day_count, rounding, times, plus, parts, even, most)

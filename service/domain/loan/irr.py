"""What a loan costs in truth: the rate at which its payments are worth what was paid out, and per year.

人行公告〔2021〕第3号 asks for the annualised rate of all that the borrower pays, whatever the price is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

PRECISION = 50
EXACT_TO = Decimal("1e-20")
ROUNDS = 200  # each halves the interval; 1e-20 is reached after some seventy
MONTHS = 12
DAYS_OF_YEAR = 365

Payment = tuple[int, int]
"""(time, fen): how many units of time after the money was paid out, and how much."""


def irr(paid_out_fen: int, payments: Sequence[Payment]) -> Decimal:
    """The rate per unit of time that discounts the payments to what was paid out, from below, exact to 1e-20.

    `payments` come in the order of their times, which are 1 or more: what is due at once was not paid out. Raises
    ValueError where it is otherwise, where they do not even return what was paid out, or where nothing was.
    """
    if paid_out_fen <= 0 or any(fen < 0 for _, fen in payments):
        raise ValueError("what is paid out must be positive, and no payment negative")
    times = [0, *(time for time, _ in payments)]
    if times != sorted(times) or 0 in times[1:]:
        raise ValueError("payments come after the money, in the order of their times")
    if sum(fen for _, fen in payments) < paid_out_fen:
        raise ValueError("the payments do not return the principal")
    with localcontext() as context:
        context.prec = PRECISION
        low, high = Decimal(0), Decimal(1)
        while present_value(payments, high) > paid_out_fen:
            high *= 2
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            if present_value(payments, middle) >= paid_out_fen:
                low = middle
            else:
                high = middle
            if high - low < EXACT_TO:
                break
        return low


def annualised(monthly_rate: Decimal, *, compound: bool = False) -> Decimal:
    """Twelve times the monthly rate (the figure that price caps are held against), or compounded over the year."""
    with localcontext() as context:
        context.prec = PRECISION
        return (1 + monthly_rate) ** MONTHS - 1 if compound else monthly_rate * MONTHS


def present_value(payments: Sequence[Payment], rate: Decimal) -> Decimal:
    """What the payments are worth when the money is paid out, in fen, in the precision of the caller's context."""
    value, later, growth = Decimal(0), 0, 1 + rate
    for time, fen in reversed(payments):
        value = value / growth ** max(0, later - time) + fen
        later = time
    return value / growth**later

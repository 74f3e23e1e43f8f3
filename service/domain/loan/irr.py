"""What a loan costs in truth: the monthly rate at which its payments are worth what was paid out, and per year.

人行公告〔2021〕第3号 asks for the annualised rate of all that the borrower pays, whatever the price is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

PRECISION = 50
EXACT_TO = Decimal("1e-20")
ROUNDS = 200  # each halves the interval; 1e-20 is reached after some seventy


def monthly_irr(principal_fen: int, payments_fen: Sequence[int]) -> Decimal:
    """The rate per month that discounts the monthly payments to the principal, exact to 1e-20.

    Raises ValueError where the payments do not even return the principal, or there is none.
    """
    if principal_fen <= 0 or any(payment < 0 for payment in payments_fen):
        raise ValueError("principal must be positive, and no payment negative")
    if sum(payments_fen) < principal_fen:
        raise ValueError("the payments do not return the principal")
    with localcontext() as context:
        context.prec = PRECISION
        low, high = Decimal(0), Decimal(1)
        while _present_value(payments_fen, high) > principal_fen:
            high *= 2
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            if _present_value(payments_fen, middle) >= principal_fen:
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
        return (1 + monthly_rate) ** 12 - 1 if compound else monthly_rate * 12


def _present_value(payments_fen: Sequence[int], rate: Decimal) -> Decimal:
    value = Decimal(0)
    for payment in reversed(payments_fen):
        value = (value + payment) / (1 + rate)
    return value

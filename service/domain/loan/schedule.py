"""When a loan is repaid and how much of each instalment is principal and interest.

Interest of a period = balance × annual rate × days ÷ days of the year, rounded; the last instalment takes the whole
remaining principal and so absorbs the rounding. 等额本息 solves P·Π(1+f) = A·Σ over the very factors of the periods,
so it is exact for calendar day counts too. In a principal grace period (宽本期) nothing of the principal is repaid;
both methods then work on the periods that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from service.domain.days import month_later
from service.domain.loan.terms import DayCount, Method, Terms
from service.domain.money import round_fen

DAYS_OF_MONTH = 30  # in 30/360
PRECISION = 50  # digits carried before rounding to fen; 360 periods lose fewer than ten


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment in fen. `days` are those its interest counts; `balance_fen` is the principal left after it;
    `due_on` is None where the terms have no calendar."""

    no: int
    due_on: date | None
    days: int
    principal_fen: int
    interest_fen: int
    balance_fen: int

    @property
    def payment_fen(self) -> int:
        return self.principal_fen + self.interest_fen


@dataclass(frozen=True, slots=True)
class _Period:
    due_on: date | None
    days: int


def build_schedule(terms: Terms) -> tuple[Instalment, ...]:
    """The whole repayment plan. Principal parts sum to the principal and none is negative."""
    with localcontext() as context:
        context.prec = PRECISION
        periods = _periods(terms)
        repaying = periods[terms.principal_grace_periods :]
        level_fen = _level_payment(terms, repaying) if terms.method is Method.EQUAL_INSTALLMENT else 0
        return _rows(terms, periods, level_fen)


def _rows(terms: Terms, periods: tuple[_Period, ...], level_fen: int) -> tuple[Instalment, ...]:
    rows = []
    balance = terms.principal_fen
    for no, period in enumerate(periods, start=1):
        interest = _interest(terms, balance, period)
        last = no == len(periods)
        in_grace = no <= terms.principal_grace_periods
        principal = balance if last else 0 if in_grace else min(balance, _principal(terms, interest, level_fen))
        balance -= principal
        rows.append(Instalment(no, period.due_on, period.days, principal, interest, balance))
    return tuple(rows)


def _principal(terms: Terms, interest_fen: int, level_fen: int) -> int:
    """What an instalment after the grace periods that is not the last repays, before the balance limits it."""
    if terms.method is Method.EQUAL_INSTALLMENT:
        return max(0, level_fen - interest_fen)
    if terms.method in (Method.EQUAL_PRINCIPAL, Method.FLAT):
        repaying = terms.periods - terms.principal_grace_periods
        return round_fen(Decimal(terms.principal_fen) / repaying, terms.rounding, terms.unit_fen)
    return 0


def _interest(terms: Terms, balance_fen: int, period: _Period) -> int:
    if terms.flat_monthly_rate is not None:
        return round_fen(terms.principal_fen * terms.flat_monthly_rate, terms.rounding)
    exact = balance_fen * terms.annual_rate * period.days / terms.day_count.year_basis
    return round_fen(exact, terms.rounding)


def _level_payment(terms: Terms, periods: tuple[_Period, ...]) -> int:
    """等额本息: A = P·Π(1+f) / fn with fn_k = fn_{k−1}·(1+f_k) + 1; at rate 0 that is P / n."""
    grown, annuity = Decimal(1), Decimal(0)
    for period in periods:
        growth = 1 + terms.annual_rate * period.days / terms.day_count.year_basis
        grown *= growth
        annuity = annuity * growth + 1
    return round_fen(terms.principal_fen * grown / annuity, terms.rounding, terms.unit_fen)


def _periods(terms: Terms) -> tuple[_Period, ...]:
    ends = _due_dates(terms)
    if terms.day_count is DayCount.THIRTY_360:
        months = terms.periods if terms.method is Method.BULLET else 1
        lengths = [terms.term_days or DAYS_OF_MONTH * months] * len(ends)
        lengths[0] += 0 if terms.term_days else _first_period_correction(terms)
        return tuple(_Period(due_on, days) for due_on, days in zip(ends, lengths, strict=True))
    assert terms.start_on is not None  # checked by Terms
    dated = [one for one in ends if one is not None]
    starts = [terms.start_on, *dated[:-1]]
    return tuple(_Period(end, (end - start).days) for start, end in zip(starts, dated, strict=True))


def _due_dates(terms: Terms) -> list[date | None]:
    """The day of the month is clamped to the month's end: 31 → February 28 or 29 → 31 again."""
    start = terms.start_on
    count = 1 if terms.method is Method.BULLET else terms.periods
    if start is None:
        return [None] * count
    if terms.term_days is not None:
        return [start + timedelta(days=terms.term_days)]
    months = [terms.periods] if terms.method is Method.BULLET else range(1, terms.periods + 1)
    return [month_later(start, month, terms.due_day or start.day) for month in months]


def _first_period_correction(terms: Terms) -> int:
    """With a due day of one's own choice the first 30/360 period is longer or shorter than a month."""
    if terms.start_on is None or terms.due_day is None:
        return 0
    return min(terms.due_day, DAYS_OF_MONTH) - min(terms.start_on.day, DAYS_OF_MONTH)

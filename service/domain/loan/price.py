"""What a schedule costs the borrower, all in, and which of a product's loans is the dearest.

The cost is that of the rounded cash flows, not of the contract's rate: at a nominal 24 %, rounding half up carries
1000.00 yuan over 3 months to 24.0033 %. Time is counted as the contract counts it: 30/360 in months of 30 days, where
the yearly cost is 12 × IRR; calendar day counts in days of a year of 365, whatever the interest is divided by, so that
act/360 shows the five days that it charges on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import accumulate
from math import gcd

from service.domain.loan.interest import accrued_fen
from service.domain.loan.irr import DAYS_OF_YEAR, MONTHS, PRECISION, Payment, irr, present_value
from service.domain.loan.products import Product
from service.domain.loan.schedule import build_schedule
from service.domain.loan.terms import DayCount, Terms

NO_MORE = Decimal("1e-20")  # fen; what fifty digits leave of two equal values is far less

# Where rounding bites: the dearest loans are small ones, and a rounded instalment depends on the odd fen.
ODD_FEN = (1, 3, 7, 11, 3_333)
ROUND_SUMS_FEN = (50_000, 100_000, 300_000, 1_000_000)

JANUARY_1, JANUARY_31, FEBRUARY_28 = date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 28)
REGULAR = ((JANUARY_31, None), (FEBRUARY_28, None))
# With a due day of its own, a loan's first period may last a single day, where a flat fee is dearest, or almost two
# months. Interest by the day is dearest where it lasts about half a month: it is simple, and a month's rate compounds.
CHOSEN_DUE_DAYS = ((JANUARY_31, 1), (JANUARY_1, 31), (JANUARY_31, 12), (JANUARY_31, 14), (JANUARY_31, 15))


@dataclass(frozen=True, slots=True)
class Cost:
    """A yearly cost: `nominal` is twelve times the rate of a month, the figure that price caps are held against;
    `compound` lets the months bear interest on each other."""

    nominal: Decimal
    compound: Decimal


@dataclass(frozen=True, slots=True)
class Flows:
    """Money out and back: (days after paying out, fen), over a year of `year_days`."""

    paid_out_fen: int
    payments: tuple[Payment, ...]
    year_days: int

    def cost(self) -> Cost:
        """Raises ValueError where the payments do not return what was paid out."""
        unit = self._unit_days
        rate = irr(self.paid_out_fen, self._in_units(unit))
        with localcontext() as context:
            context.prec = PRECISION
            if unit * MONTHS == self.year_days:
                monthly = rate  # no power, so the figure is as exact as the IRR
            else:
                monthly = (1 + rate) ** (Decimal(self.year_days) / (MONTHS * unit)) - 1
            return Cost(monthly * MONTHS, (1 + monthly) ** MONTHS - 1)

    def cost_more_than(self, nominal: Decimal) -> bool:
        """Whether they cost more than `nominal` a year; one present value, where the cost itself takes seventy."""
        unit = self._unit_days
        with localcontext() as context:
            context.prec = PRECISION
            rate = nominal / MONTHS
            if unit * MONTHS != self.year_days:
                rate = (1 + rate) ** (Decimal(MONTHS * unit) / self.year_days) - 1
            return present_value(self._in_units(unit), rate) - self.paid_out_fen > NO_MORE

    @property
    def _unit_days(self) -> int:
        return gcd(*(day for day, _ in self.payments))

    def _in_units(self, unit: int) -> tuple[Payment, ...]:
        return tuple((day // unit, fen) for day, fen in self.payments)


def flows_of(terms: Terms, *, fees_fen: Sequence[int] = (), upfront_fee_fen: int = 0) -> Flows:
    """The cash flows of a loan on these terms, rounded as they are paid.

    `fees_fen` are paid with the instalments, the first with the first; `upfront_fee_fen` is paid when the money is
    paid out, so that so much less was. Raises ValueError for more fees than instalments.
    """
    rows = build_schedule(terms)
    if len(fees_fen) > len(rows):
        raise ValueError("there are more fees than instalments to pay them with")
    fees = [*fees_fen, *[0] * (len(rows) - len(fees_fen))]
    days = accumulate(row.days for row in rows)
    payments = tuple((day, row.payment_fen + fee) for day, row, fee in zip(days, rows, fees, strict=True))
    in_months = terms.day_count is DayCount.THIRTY_360
    return Flows(
        terms.principal_fen - upfront_fee_fen, payments, terms.day_count.year_basis if in_months else DAYS_OF_YEAR
    )


def all_in_cost(terms: Terms, *, fees_fen: Sequence[int] = (), upfront_fee_fen: int = 0) -> Cost:
    """What a loan on these terms costs per year with everything that is paid for it. Raises as `flows_of` does."""
    return flows_of(terms, fees_fen=fees_fen, upfront_fee_fen=upfront_fee_fen).cost()


@dataclass(frozen=True, slots=True)
class Priced:
    """One loan that a product allows, and what it costs; `due_day` None is the day it was paid out on."""

    principal_fen: int
    periods: int
    start_on: date
    due_day: int | None
    cost: Cost


@lru_cache(maxsize=256)
def dearest(product: Product, *, any_due_day: bool = True) -> Priced:
    """The dearest loan of a grid: smallest, largest, round and odd amounts × periods × long and short months, and
    with `any_due_day` also the shortest, the longest and the middling first periods that a due day of one's own can
    make, and, where principal may be repaid on any day, loans of a single day. Of an account, a purchase that bears
    interest for a single day: interest comes later there and for many days at once, so that none costs as much."""
    found: Priced | None = None
    if product.card is not None:
        costs = [(_repaid_next_day(product, fen).cost(), fen) for fen in principals_of(product)]
        cost, principal_fen = max(costs, key=lambda one: one[0].nominal)
        return Priced(principal_fen, 1, JANUARY_31, None, cost)
    for principal_fen, periods, (start_on, due_day) in _grid(product, any_due_day=any_due_day):
        terms = product.terms(principal_fen=principal_fen, periods=periods, start_on=start_on, due_day=due_day)
        for flows in ways_of(product, terms) if any_due_day else (flows_of(terms),):
            if found is None or flows.cost_more_than(found.cost.nominal):
                found = Priced(principal_fen, periods, start_on, due_day, flows.cost())
    assert found is not None  # a product has periods
    return found


def ways_of(product: Product, terms: Terms) -> tuple[Flows, ...]:
    """How one loan may be repaid that costs most: as agreed, and, where it may be on any day, at once."""
    agreed = flows_of(terms)
    return (agreed, _repaid_next_day(product, terms.principal_fen)) if product.interest_by_day else (agreed,)


def _repaid_next_day(product: Product, principal_fen: int) -> Flows:
    interest_fen = accrued_fen(
        principal_fen,
        annual_rate=product.annual_rate,
        days=1,
        year_basis=product.day_count.year_basis,
        rounding=product.rounding,
    )
    return Flows(principal_fen, ((1, principal_fen + interest_fen),), DAYS_OF_YEAR)


def principals_of(product: Product) -> tuple[int, ...]:
    """The amounts that the grid tries, in fen, smallest first."""
    low, high = product.min_principal_fen, product.max_principal_fen
    odd = [low + more for more in ODD_FEN]
    tried = {low, high, high - 1, *odd, *ROUND_SUMS_FEN}
    return tuple(sorted(fen for fen in tried if low <= fen <= high))


def _grid(product: Product, *, any_due_day: bool) -> Iterator[tuple[int, int, tuple[date, int | None]]]:
    calendars = REGULAR + (CHOSEN_DUE_DAYS if any_due_day else ())
    if product.day_count is DayCount.THIRTY_360:
        calendars = calendars[1:]  # without calendar days one regular start is as good as another
    for periods in product.periods:
        for principal_fen in principals_of(product):
            for calendar in calendars:
                yield principal_fen, periods, calendar

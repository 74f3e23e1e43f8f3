"""What was agreed for a loan: how it is repaid, at which rate, how days are counted and how fen are rounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Method(StrEnum):
    """等额本息 · 等额本金 · 先息后本 · 一次性还本付息 · 等本等息 (a flat fee on the first principal) · 循环账户, whose
    statements make its instalments."""

    EQUAL_INSTALLMENT = "equal_installment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"
    FLAT = "flat"
    REVOLVING = "revolving"


SCHEDULED = tuple(method for method in Method if method is not Method.REVOLVING)
AMORTISING = frozenset({Method.EQUAL_INSTALLMENT, Method.EQUAL_PRINCIPAL})


class DayCount(StrEnum):
    """Days of a period over days of a year; `30/360` makes every month a twelfth."""

    THIRTY_360 = "30/360"
    ACT_360 = "act/360"
    ACT_365 = "act/365"

    @property
    def year_basis(self) -> int:
        return 365 if self is DayCount.ACT_365 else 360


class InterestOn(StrEnum):
    """What bears interest where a statement is not paid in full: the unpaid part alone (余额计息), or also what was
    paid in time, until the day it was paid (全额计息)."""

    UNPAID = "unpaid"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class CardTerms:
    """How an account's statements ask: the due day is `due_after_days` after the statement, the minimum
    `minimum_rate` of the principal with all interest, fees and arrears, but at least `minimum_floor_fen` in all."""

    due_after_days: int
    minimum_rate: Decimal
    minimum_floor_fen: int
    interest_on: InterestOn

    def on(self, statement_day: int) -> Card:
        return Card(
            self.due_after_days, self.minimum_rate, self.minimum_floor_fen, self.interest_on, statement_day
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card(CardTerms):
    """The terms of one account, with its own statement day: a day of the month, 31 means its end."""

    statement_day: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is unpaid of a purchase, and until when it bore interest (`counted_on` None: it bears none so far).
    `due_on` is the due day of its statement, None before there is one; `paid_fen_days` is what was paid of it in time
    × the days until then, where that bears interest too if the rest is not."""

    on: date
    unpaid_fen: int
    due_on: date | None = None
    counted_on: date | None = None
    paid_fen_days: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one loan; `annual_rate` is nominal per year (0.18 = 18 %), money is in fen.

    `periods` are months; a bullet loan falls due once, after them, or after `term_days` where that is given.
    `start_on` may be absent where the day count needs no calendar (30/360). `due_day` 31 means the month's end;
    absent, it is the day of `start_on`. `unit_fen` is what a level instalment is rounded to (100: whole yuan).
    `flat_monthly_rate` is the fee of a flat loan per month on the first principal; `annual_rate` then only
    discloses. In the first `principal_grace_periods` (宽本期) interest alone is paid, and the rest repays the whole
    principal. Raises ValueError for terms that no schedule can be made of.
    """

    principal_fen: int
    annual_rate: Decimal
    periods: int
    method: Method
    day_count: DayCount
    start_on: date | None = None
    due_day: int | None = None
    rounding: str = ROUND_HALF_UP
    unit_fen: int = 1
    flat_monthly_rate: Decimal | None = None
    term_days: int | None = None
    principal_grace_periods: int = 0

    def __post_init__(self) -> None:
        if self.method is Method.REVOLVING:
            raise ValueError("an account's instalments follow from its statements")
        if self.principal_fen <= 0 or self.periods <= 0 or self.unit_fen <= 0:
            raise ValueError("principal, periods and rounding unit must be positive")
        if self.annual_rate < 0:
            raise ValueError("a rate cannot be negative")
        if self.due_day is not None and not 1 <= self.due_day <= 31:
            raise ValueError(f"{self.due_day} is no day of a month")
        if self.day_count is not DayCount.THIRTY_360 and self.start_on is None:
            raise ValueError(f"{self.day_count} counts days and needs start_on")
        if (self.method is Method.FLAT) != (self.flat_monthly_rate is not None):
            raise ValueError("flat_monthly_rate belongs to a flat loan, and to no other")
        if self.flat_monthly_rate is not None and self.flat_monthly_rate < 0:
            raise ValueError("a rate cannot be negative")
        if self.term_days is not None and (self.method is not Method.BULLET or self.term_days <= 0):
            raise ValueError("term_days is for bullet loans and positive")
        if self.principal_grace_periods and self.method not in AMORTISING:
            raise ValueError("principal_grace_periods are for loans that repay principal and interest by and by")
        if not 0 <= self.principal_grace_periods < self.periods:
            raise ValueError("at least one period repays principal")

"""What a loan may cost, read from the dated table, and which products cost more.

12 × IRR is held against the caps, rounding included (人行公告〔2021〕第3号); the penalty rate as the contract has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from service.domain.loan.price import dearest, ways_of
from service.domain.loan.products import Product, Products, ProductTableError
from service.domain.loan.terms import Terms
from service.domain.money import yuan
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "price_caps"


class Lender(StrEnum):
    """Whom a cap is for."""

    CONSUMER_FINANCE = "consumer_finance"
    BANK = "bank"
    BANK_INTERNET_LOAN = "bank_internet_loan"
    SMALL_LOAN = "small_loan"
    PRIVATE = "private"


class Covers(StrEnum):
    """Which cost a cap is held against: of a loan that is kept, or of being late."""

    NORMAL = "normal"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class PriceCap:
    """One row: at most `rate` a year. Guidance does not bind: going over it is told, not refused."""

    origin: Origin
    rate: Decimal
    covers: frozenset[Covers]
    lenders: frozenset[Lender]
    binds: bool


@dataclass(frozen=True, slots=True)
class PriceCaps:
    """The rows, the version of the table they came from, and what kind of lender this one is."""

    version: str
    lender: Lender
    rows: tuple[PriceCap, ...]

    def on(self, day: date) -> tuple[PriceCap, ...]:
        """The rows for this lender that hold on `day`."""
        return tuple(cap for cap in self.rows if self.lender in cap.lenders and cap.origin.holds_on(day))

    def after(self, day: date) -> tuple[PriceCap, ...]:
        """The rows for this lender that begin later than `day`."""
        return tuple(cap for cap in self.rows if self.lender in cap.lenders and cap.origin.in_force > day)


@dataclass(frozen=True, slots=True)
class Breach:
    """A product that costs more than a cap: the worst case, in fen and months. `cost` is per year, as is the cap.

    Of penalty interest `principal_fen` and `periods` are those of the dearest loan; every other pays the same rate.
    """

    product_code: str
    product_name: str
    covers: Covers
    principal_fen: int
    periods: int
    start_on: date
    due_day: int | None
    cost: Decimal
    cap: PriceCap

    def __str__(self) -> str:
        what = "all-in cost" if self.covers is Covers.NORMAL else "penalty rate"
        loan = f"{yuan(self.principal_fen)} yuan over {self.periods} periods from {self.start_on}"
        due = "" if self.due_day is None else f", due on day {self.due_day}"
        cap = f"{NAME}.toml {self.cap.origin.id}: {_percent(self.cap.rate)} since {self.cap.origin.in_force}"
        name = f"product {self.product_code} ({self.product_name})"
        return f"{name}: {what} {_percent(self.cost)} of {loan}{due} is over {cap}"


def parse_price_caps(table: Mapping[str, Any]) -> PriceCaps:
    """Make the caps of a TOML table: `version`, `lender` and `cap` rows. Raises PolicyError."""
    head = Row(f"{NAME}.toml", table)
    head.only("version", "lender", "cap")
    caps = PriceCaps(
        version=version_of(table, name=NAME),
        lender=head.one_of(Lender, "lender"),
        rows=tuple(_cap(row) for row in rows_in(table, "cap", name=NAME)),
    )
    if not any(cap.binds and caps.lender in cap.lenders for cap in caps.rows):
        raise PolicyError(f"{NAME}.toml: cap: no row binds {caps.lender}")
    return caps


def breaches(product: Product, caps: Iterable[PriceCap]) -> tuple[Breach, ...]:
    """Every cap that the product's dearest loan, or its penalty rate, is over."""
    worst = dearest(product)
    costs = {Covers.NORMAL: worst.cost.nominal, Covers.PENALTY: product.penalty_rate}
    return tuple(
        Breach(
            product_code=product.code,
            product_name=product.name,
            covers=covers,
            principal_fen=worst.principal_fen,
            periods=worst.periods,
            start_on=worst.start_on,
            due_day=worst.due_day,
            cost=costs[covers],
            cap=cap,
        )
        for cap in caps
        for covers in Covers
        if covers in cap.covers and costs[covers] > cap.rate
    )


def check_prices(products: Products, caps: PriceCaps, *, day: date) -> tuple[Breach, ...]:
    """Hold every product against the caps in force on `day`; what is over guidance, or over a cap that only begins
    later, is returned.

    Raises ProductTableError naming every product that is over a binding cap, or that discloses less than its flat fee
    costs.
    """
    found = [breach for product in products.values() for breach in breaches(product, caps.on(day))]
    complaints = [str(breach) for breach in found if breach.cap.binds]
    complaints += [complaint for product in products.values() if (complaint := _understated(product))]
    if complaints:
        raise ProductTableError("; ".join(complaints))
    later = [breach for product in products.values() for breach in breaches(product, caps.after(day))]
    return (*found, *later)


def cap_exceeded(product: Product, terms: Terms, caps: Iterable[PriceCap]) -> PriceCap | None:
    """The first cap that binds and that just this loan, its fen rounded as they are, or its being late costs more than.
    Every loan is looked at, as those that products are checked by are a sample."""
    ways = ways_of(product, terms)
    for cap in (one for one in caps if one.binds):
        if Covers.PENALTY in cap.covers and product.penalty_rate > cap.rate:
            return cap
        if Covers.NORMAL in cap.covers and any(flows.cost_more_than(cap.rate) for flows in ways):
            return cap
    return None


def _understated(product: Product) -> str:
    """A flat fee looks cheap; the rate beside it must be what it costs on a regular calendar (see `Product`)."""
    worst = dearest(product, any_due_day=False)
    if product.flat_monthly_rate is None or worst.cost.nominal <= product.annual_rate:
        return ""
    told, true = _percent(product.annual_rate), _percent(worst.cost.nominal)
    return f"product {product.code} ({product.name}): annual_rate {told} is less than its fee costs, {true}"


def _cap(row: Row) -> PriceCap:
    row.only(*ORIGIN, "cap", "covers", "lenders", "binds")
    for column in ("covers", "lenders", "binds"):
        row.value(column)  # none of them has a default that would be safe
    return PriceCap(
        origin=row.origin(),
        rate=row.rate("cap"),
        covers=row.many_of(Covers, "covers"),
        lenders=row.many_of(Lender, "lenders"),
        binds=row.flag("binds", default=True),
    )


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).quantize(Decimal('0.0001')).normalize():f} %"

"""Which loans the lender offers, read from the dated product table and checked row by row."""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from service.domain.loan.allocation import COMPONENTS, DebtOrder, Mode
from service.domain.loan.interest import GraceMode, penalty_rate
from service.domain.loan.terms import AMORTISING, CardTerms, DayCount, InterestOn, Method, Terms
from service.domain.rows import PolicyError, Row

SHORTEST_MONTH = 28
BY_DAY = frozenset({Method.INTEREST_FIRST, Method.EQUAL_PRINCIPAL, Method.BULLET})  # what interest by the day may have


@dataclass(frozen=True, slots=True)
class Product:
    """One row of the table; rates per year unless named otherwise, money in fen.

    `annual_rate` is what the borrower is told: of a flat product the highest IRR-based rate of its `periods`,
    never twelve times the fee. `clamp_penalty`: penalty interest stops at `penalty_cap`; off, the multiplier alone
    decides. `revolving`: many drawdowns may run under one line at a time. `principal_first_from`: the days past due
    from which a payment reaches principal first (None: never). `interest_by_day` (随借随还): principal may be repaid
    on any day without a fee and bears no interest from then on. `principal_grace_periods` (宽本期): the first
    instalments that are interest alone. `card` is there for accounts that are paid by statements, whose `periods` are
    the months that the price of a purchase is shown for.
    """

    code: str
    name: str
    brand: str
    scene: str
    method: Method
    annual_rate: Decimal
    day_count: DayCount
    periods: tuple[int, ...]
    min_principal_fen: int
    max_principal_fen: int
    rounding: str
    unit_fen: int
    flat_monthly_rate: Decimal | None
    penalty_multiplier: Decimal
    penalty_cap: Decimal
    clamp_penalty: bool
    grace_days: int
    grace_mode: GraceMode
    early_fee_rate: Decimal
    allocation_order: tuple[str, ...]
    allocation_mode: Mode
    debt_order: DebtOrder
    revolving: bool
    principal_first_from: int | None
    interest_by_day: bool = False
    principal_grace_periods: int = 0
    card: CardTerms | None = None

    @property
    def penalty_rate(self) -> Decimal:
        """The annual rate of penalty interest, after the cap where it is clamped."""
        cap = self.penalty_cap if self.clamp_penalty else None
        return penalty_rate(self.annual_rate, multiplier=self.penalty_multiplier, cap=cap)

    def terms(self, *, principal_fen: int, periods: int, start_on: date | None, due_day: int | None = None) -> Terms:
        """The terms of a loan of this product; amount and periods are the caller's to check against the row."""
        return Terms(
            principal_fen=principal_fen,
            annual_rate=self.annual_rate,
            periods=periods,
            method=self.method,
            day_count=self.day_count,
            start_on=start_on,
            due_day=due_day,
            rounding=self.rounding,
            unit_fen=self.unit_fen,
            flat_monthly_rate=self.flat_monthly_rate,
            principal_grace_periods=self.principal_grace_periods,
        )


@dataclass(frozen=True, slots=True)
class Products(Mapping[str, Product]):
    """Products by code, and the version of the table they came from."""

    version: str
    rows: Mapping[str, Product]

    def __getitem__(self, code: str) -> Product:
        return self.rows[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class ProductTableError(PolicyError):
    """A product table that cannot be used; the message names the row and the column."""


def parse_products(table: Mapping[str, Any]) -> Products:
    """Make products of a TOML table: `version`, `defaults` and a list of `product` rows.

    A row takes from `defaults` what it does not say. Raises ProductTableError.
    """
    version = table.get("version")
    rows = table.get("product")
    if not isinstance(version, str) or not version:
        raise ProductTableError("version: the table must say which version it is")
    if not isinstance(rows, list) or not rows:
        raise ProductTableError("product: the table has no rows")
    defaults = table.get("defaults", {})
    products: dict[str, Product] = {}
    for number, row in enumerate(rows, start=1):
        product = _Row(f"product {number} ({row.get('code', 'no code')})", {**defaults, **row}).product()
        if product.code in products:
            raise ProductTableError(f"product {number} ({product.code}): the code is taken by an earlier row")
        products[product.code] = product
    return Products(version, products)


class _Row(Row):
    """One row while it is read."""

    def product(self) -> Product:
        unknown = set(self.values) - set(Product.__dataclass_fields__)
        if unknown:
            raise self.wrong(sorted(unknown)[0], "there is no such column")
        product = Product(
            code=self.text("code"),
            name=self.text("name"),
            brand=self.text("brand"),
            scene=self.text("scene"),
            method=self.one_of(Method, "method"),
            annual_rate=self.rate("annual_rate"),
            day_count=self.one_of(DayCount, "day_count"),
            periods=self.periods(),
            min_principal_fen=self.whole("min_principal_fen", at_least=1),
            max_principal_fen=self.whole("max_principal_fen", at_least=1),
            rounding=self.rounding(),
            unit_fen=self.whole("unit_fen", at_least=1),
            flat_monthly_rate=self.rate("flat_monthly_rate") if "flat_monthly_rate" in self.values else None,
            penalty_multiplier=self.decimal("penalty_multiplier"),
            penalty_cap=self.rate("penalty_cap"),
            clamp_penalty=self.flag("clamp_penalty"),
            grace_days=self.whole("grace_days", at_least=0),
            grace_mode=self.one_of(GraceMode, "grace_mode"),
            early_fee_rate=self.rate("early_fee_rate"),
            allocation_order=self.order(),
            allocation_mode=self.one_of(Mode, "allocation_mode"),
            debt_order=self.one_of(DebtOrder, "debt_order"),
            revolving=self.flag("revolving"),
            principal_first_from=self.whole("principal_first_from", at_least=1)
            if "principal_first_from" in self.values
            else None,
            interest_by_day=self.flag("interest_by_day"),
            principal_grace_periods=self.whole("principal_grace_periods", at_least=0),
            card=self.card() if "card" in self.values else None,
        )
        self.check(product)
        return product

    def check(self, product: Product) -> None:
        """What columns have to do with each other."""
        if product.min_principal_fen > product.max_principal_fen:
            raise self.wrong("max_principal_fen", "is less than min_principal_fen")
        if (product.method is Method.FLAT) != (product.flat_monthly_rate is not None):
            raise self.wrong("flat_monthly_rate", "belongs to flat products, and to no other")
        if product.penalty_rate < product.annual_rate:
            raise self.wrong("penalty_multiplier", "makes the penalty rate lower than the contract's")
        if product.principal_grace_periods and product.method not in AMORTISING:
            raise self.wrong("principal_grace_periods", f"belongs to {', '.join(sorted(AMORTISING))}")
        if product.principal_grace_periods >= product.periods[0]:
            raise self.wrong("principal_grace_periods", "leaves the shortest loan no period to repay principal in")
        if product.interest_by_day:
            self.check_by_day(product)
        if (product.method is Method.REVOLVING) != (product.card is not None):
            raise self.wrong("card", "belongs to revolving accounts, and to no others")
        if product.card is not None:
            self.check_card(product, product.card)

    def check_by_day(self, product: Product) -> None:
        if product.method not in BY_DAY:
            raise self.wrong("interest_by_day", f"belongs to {', '.join(sorted(BY_DAY))}")
        if product.day_count is DayCount.THIRTY_360:
            raise self.wrong("interest_by_day", "needs a day count by actual days")
        if product.early_fee_rate:
            raise self.wrong("early_fee_rate", "what may be repaid on any day costs no fee")

    def check_card(self, product: Product, card: CardTerms) -> None:
        if product.day_count is DayCount.THIRTY_360 or product.early_fee_rate or not product.revolving:
            raise self.wrong("card", "needs a day count by actual days, revolving, and no fee for paying early")
        if not 0 < card.minimum_rate <= 1 or card.due_after_days + product.grace_days > SHORTEST_MONTH - 1:
            raise self.wrong("card", "the minimum is a part, and due before the next statement, grace included")

    def card(self) -> CardTerms:
        values = self.value("card")
        if not isinstance(values, dict) or set(values) != set(CardTerms.__dataclass_fields__):
            raise self.wrong("card", f"must be a table of {', '.join(CardTerms.__dataclass_fields__)}")
        inner = _Row(f"{self.where}: card", values)
        return CardTerms(
            due_after_days=inner.whole("due_after_days", at_least=1),
            minimum_rate=inner.rate("minimum_rate"),
            minimum_floor_fen=inner.whole("minimum_floor_fen", at_least=0),
            interest_on=inner.one_of(InterestOn, "interest_on"),
        )

    def wrong(self, column: str, why: str) -> ProductTableError:
        return ProductTableError(f"{self.where}: {column}: {why}")

    def decimal(self, column: str) -> Decimal:
        value = self.value(column)
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except decimal.InvalidOperation:
            number = None
        if number is None or not number.is_finite() or number < 0:
            raise self.wrong(column, 'must be a decimal in quotes, such as "0.144"')
        return number

    def rate(self, column: str) -> Decimal:
        number = self.decimal(column)
        if number > 1:
            raise self.wrong(column, f"{number} is no rate; 14.4 % is written 0.144")
        return number

    def rounding(self) -> str:
        value = self.text("rounding")
        if not value.startswith("ROUND_") or not hasattr(decimal, value):
            raise self.wrong("rounding", f"{value} is none of decimal's conventions, such as ROUND_HALF_UP")
        return value

    def periods(self) -> tuple[int, ...]:
        value = self.value("periods")
        if not isinstance(value, list) or not value or not all(type(one) is int and one > 0 for one in value):
            raise self.wrong("periods", "must be a list of months")
        return tuple(sorted(set(value)))

    def order(self) -> tuple[str, ...]:
        value = self.value("allocation_order")
        if not isinstance(value, list) or sorted(map(str, value)) != sorted(COMPONENTS):
            raise self.wrong("allocation_order", f"must name {', '.join(COMPONENTS)} once each")
        return tuple(value)

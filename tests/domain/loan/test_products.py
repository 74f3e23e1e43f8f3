"""The product table: what is in it, what it costs, and what it says when a row is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.domain.loan.irr import annualised, irr
from service.domain.loan.products import Product, ProductTableError, parse_products
from service.domain.loan.schedule import build_schedule
from service.domain.loan.terms import Method

TABLE = Path(__file__).parents[3] / "service" / "policy" / "products.toml"
CAP = Decimal("0.24")


def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


PRODUCTS = parse_products(table())


@pytest.mark.parametrize("code", [code for code in PRODUCTS if PRODUCTS[code].card is None])
def test_all_in_cost_stays_under_the_cap_for_any_amount_and_term(code: str) -> None:
    product = PRODUCTS[code]
    dearest = max(_costs(product))
    assert dearest <= CAP
    if product.method is Method.FLAT:
        assert product.annual_rate - Decimal("0.001") < dearest <= product.annual_rate


@pytest.mark.parametrize("code", PRODUCTS)
def test_penalty_interest_stays_under_the_cap_and_settling_early_is_free(code: str) -> None:
    product = PRODUCTS[code]
    assert product.annual_rate < product.penalty_rate <= CAP
    assert product.early_fee_rate == 0


def test_the_table_offers_every_method_several_brands_and_a_cash_line() -> None:
    assert {product.method for product in PRODUCTS.values()} == set(Method)
    assert len(PRODUCTS) >= 8
    assert len({product.brand for product in PRODUCTS.values()}) >= 6
    lines = [product for product in PRODUCTS.values() if product.revolving]
    assert [(line.code, line.interest_by_day, line.card is not None) for line in lines] == [
        ("cash", False, False),
        ("flexible", True, False),
        ("shopping", False, True),
    ]
    assert PRODUCTS.version == table()["version"]


def _set(column: str, value: Any, **more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update({column: value, **more})


def _card(**more: Any) -> Callable[[dict[str, Any]], None]:
    """An account, right but for what is said."""
    card = {"due_after_days": 20, "minimum_rate": "0.1", "minimum_floor_fen": 0, "interest_on": "unpaid"}
    row = {"method": "revolving", "day_count": "act/360", "revolving": True}
    of_row = {name: value for name, value in more.items() if name in row}
    card |= {name: value for name, value in more.items() if name not in row}
    return lambda one: one.update({**row, **of_row, "card": card})


def _by_day(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update({"interest_by_day": True, "day_count": "act/360", **more})


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_set("annual_rate", "14.4"), r"product 2 \(home\): annual_rate: 14.4 is no rate"),
        (_set("annual_rate", 0.144), r"product 2 \(home\): annual_rate: must be a decimal in quotes"),
        (_set("annual_rate", "NaN"), r"annual_rate: must be a decimal"),
        (_set("method", "balloon"), r"method: balloon is none of equal_installment"),
        (_set("periods", [0]), r"periods: must be a list of months"),
        (_set("periods", []), r"periods: must be a list of months"),
        (_set("min_principal_fen", 99_999_999_999), r"max_principal_fen: is less than"),
        (_set("allocation_order", ["fee", "interest"]), r"allocation_order: must name fee, penalty"),
        (_set("debt_order", "newest"), r"debt_order: newest is none of oldest_due, civil_code_560"),
        (_set("rounding", "ROUND_SOMEHOW"), r"rounding: ROUND_SOMEHOW is none"),
        (_set("revolving", "yes"), r"revolving: must be true or false"),
        (_set("flat_monthly_rate", "0.006"), r"flat_monthly_rate: belongs to flat products"),
        (_set("penalty_multiplier", "0.5"), r"penalty_multiplier: makes the penalty rate lower"),
        (_set("principal_grace_periods", 6), r"principal_grace_periods: leaves the shortest loan no period"),
        (_set("interest_by_day", True), r"interest_by_day: needs a day count by actual days"),
        (_by_day(method="equal_installment"), r"interest_by_day: belongs to bullet, equal_principal, interest_first"),
        (_by_day(early_fee_rate="0.01"), r"early_fee_rate: what may be repaid on any day costs no fee"),
        (_set("method", "bullet", principal_grace_periods=1), r"principal_grace_periods: belongs to equal_installment"),
        (_card(method="equal_installment"), r"card: belongs to revolving accounts"),
        (_set("method", "revolving"), r"card: belongs to revolving accounts"),
        (_card(day_count="30/360"), r"card: needs a day count by actual days"),
        (_card(revolving=False), r"card: needs a day count by actual days, revolving"),
        (_card(due_after_days=25), r"card: the minimum is a part, and due before the next statement"),
        (_card(minimum_rate="0"), r"card: the minimum is a part"),
        (_card(minimum_rate="1.1"), r"\(home\): card: minimum_rate: 1.1 is no rate"),
        (_card(interest_on="all"), r"card: interest_on: all is none of unpaid, full"),
        (_card(colour="red"), r"card: must be a table of due_after_days, minimum_rate"),
        (_set("colour", "red"), r"colour: there is no such column"),
        (_set("code", "appliance"), r"product 2 \(appliance\): the code is taken"),
        (lambda row: row.pop("name"), r"name: is missing"),
    ],
)
def test_a_wrong_row_is_named_with_its_column(spoil: Callable[[dict[str, Any]], None], complaint: str) -> None:
    wrong = table()
    spoil(wrong["product"][1])
    with pytest.raises(ProductTableError, match=complaint):
        parse_products(wrong)


@pytest.mark.parametrize("missing", ["version", "product"])
def test_a_table_without_version_or_rows_is_refused(missing: str) -> None:
    with pytest.raises(ProductTableError, match=missing):
        parse_products({key: value for key, value in table().items() if key != missing})


def _costs(product: Product) -> list[Decimal]:
    """Twelve times the IRR for the least, the largest and an odd amount, over every term, long months and short."""
    return [
        _cost(product, principal_fen=principal_fen, periods=periods, start_on=start_on)
        for principal_fen in (product.min_principal_fen, product.min_principal_fen + 33_33, product.max_principal_fen)
        for periods in product.periods
        for start_on in (date(2026, 12, 31), date(2027, 2, 28))
    ]


def _cost(product: Product, *, principal_fen: int, periods: int, start_on: date) -> Decimal:
    rows = build_schedule(product.terms(principal_fen=principal_fen, periods=periods, start_on=start_on))
    idle_months = periods - len(rows)  # a bullet loan is repaid in its last month
    return annualised(irr(principal_fen, list(enumerate((row.payment_fen for row in rows), idle_months + 1))))

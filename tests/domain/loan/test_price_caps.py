"""The cap table: what holds when and for whom, which products are over it, and what a wrong row says."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.domain.loan.price import all_in_cost, dearest
from service.domain.loan.price_caps import (
    Breach,
    Covers,
    PriceCaps,
    breaches,
    cap_exceeded,
    check_prices,
    parse_price_caps,
)
from service.domain.loan.products import Product, Products, ProductTableError, parse_products
from service.domain.money import fen_from_yuan
from service.domain.rows import PolicyError
from tests.domain.loan.golden import VECTORS

POLICY = Path(__file__).parents[3] / "service" / "policy"
TODAY = date(2026, 11, 23)
P03 = next(case for case in VECTORS["penalty"] if case["id"] == "P03")


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((POLICY / f"{name}.toml").read_text(encoding="utf-8"))


CAPS = parse_price_caps(table("price_caps"))
PRODUCTS = parse_products(table("products"))


def made_up(**columns: Any) -> Products:
    """A table of one product: 1,000.00 to 10,000.00 yuan over 3 months at a nominal 24 %, but for `columns`."""
    values = table("products")
    row = {
        "code": "dear",
        "name": "贵分期",
        "brand": "虚构电器",
        "scene": "家电",
        "method": "equal_installment",
        "annual_rate": "0.24",
        "penalty_multiplier": "1",
        "periods": [3],
        "min_principal_fen": 100_000,
        "max_principal_fen": 1_000_000,
    }
    return parse_products({**values, "product": [row | columns]})


def ids(found: tuple[Breach, ...]) -> list[tuple[str, str, bool]]:
    return [(one.cap.origin.id, one.covers.value, one.cap.binds) for one in found]


def test_the_real_table_is_under_every_cap_and_every_guidance() -> None:
    assert check_prices(PRODUCTS, CAPS, day=TODAY) == ()


@pytest.mark.parametrize("code", PRODUCTS)
@pytest.mark.parametrize("cap", [cap for cap in CAPS.on(TODAY) if cap.binds], ids=lambda cap: cap.origin.id)
def test_every_product_of_the_real_table_is_under_every_binding_cap(code: str, cap: Any) -> None:
    assert breaches(PRODUCTS[code], [cap]) == ()


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2017, 8, 3), []),
        (date(2017, 8, 4), ["judicial_24"]),
        (date(2026, 3, 31), ["judicial_24"]),
        (date(2026, 4, 1), ["judicial_24", "new_loans_20"]),
    ],
)
def test_rows_hold_from_their_day_for_their_lender(day: date, held: list[str]) -> None:
    assert [cap.origin.id for cap in CAPS.on(day)] == held


def test_another_lender_is_held_to_other_rows_and_a_row_ends_on_its_day() -> None:
    private = parse_price_caps({**table("price_caps"), "lender": "private"})
    assert [cap.origin.id for cap in private.on(date(2020, 8, 19))] == ["historic_36"]
    assert [cap.origin.id for cap in private.on(date(2020, 8, 20))] == ["private_lending_4_lpr"]
    with pytest.raises(ProductTableError, match=r"product appliance .*14\.4.* over price_caps.toml private_lending"):
        check_prices(PRODUCTS, private, day=TODAY)


@pytest.mark.parametrize(
    "trap", VECTORS["cap_rounding_trap"], ids=lambda t: f"{t['principal']}/{t['n']} {t['rounding']}"
)
def test_a_product_is_over_the_cap_where_its_rounding_is(trap: dict[str, Any]) -> None:
    principal_fen = fen_from_yuan(trap["principal"])
    products = made_up(
        rounding=f"ROUND_{trap['rounding']}",
        periods=[trap["n"]],
        min_principal_fen=principal_fen,
        max_principal_fen=principal_fen,
    )
    regular = dearest(products["dear"], any_due_day=False).cost.nominal
    assert f"{regular:.6f}" == trap["apr_12xIRR"]
    if not trap["exceeds_24pct"]:
        # only a first period of a day or of two months, which bears simple interest, may still carry it over
        assert all(one.due_day for one in breaches(products["dear"], CAPS.on(TODAY)) if one.cap.binds)
        return
    with pytest.raises(
        ProductTableError, match=r"product dear \(贵分期\): all-in cost 24\.0\d+ % of .*judicial_24: 24 %"
    ):
        check_prices(products, CAPS, day=TODAY)


def test_the_breach_names_the_worst_case_and_its_loan_costs_that() -> None:
    product = made_up(periods=[3, 6], min_principal_fen=50_000)["dear"]
    (breach,) = [one for one in breaches(product, CAPS.on(TODAY)) if one.cap.binds]
    assert (breach.product_code, breach.covers) == ("dear", Covers.NORMAL)
    assert breach.cost > breach.cap.rate == Decimal("0.24")
    terms = product.terms(
        principal_fen=breach.principal_fen, periods=breach.periods, start_on=breach.start_on, due_day=breach.due_day
    )
    assert all_in_cost(terms).nominal == breach.cost


def test_guidance_is_told_and_not_refused() -> None:
    found = check_prices(made_up(annual_rate="0.21"), CAPS, day=TODAY)
    assert ids(found) == [("new_loans_20", "normal", False)]
    assert "is over price_caps.toml new_loans_20: 20 % since 2026-04-01" in str(found[0])
    assert check_prices(made_up(annual_rate="0.19"), CAPS, day=TODAY) == ()


def test_a_binding_cap_that_begins_later_is_told_before_it_binds() -> None:
    caps = PriceCaps(CAPS.version, CAPS.lender, tuple(cap for cap in CAPS.rows if cap.origin.id == "judicial_24"))
    dear = made_up(annual_rate="0.3", clamp_penalty=False)
    before = date(2017, 8, 3)
    assert ids(check_prices(dear, caps, day=before)) == [
        ("judicial_24", "normal", True),
        ("judicial_24", "penalty", True),
    ]
    with pytest.raises(ProductTableError):
        check_prices(dear, caps, day=date(2017, 8, 4))


def test_every_product_that_is_over_is_named_at_once() -> None:
    values = table("products")
    values["product"][0].update(annual_rate="0.3", clamp_penalty=False)
    values["product"][2].update(annual_rate="0.25", clamp_penalty=False)
    with pytest.raises(ProductTableError) as refused:
        check_prices(parse_products(values), CAPS, day=TODAY)
    assert "product appliance" in str(refused.value)
    assert "product study" in str(refused.value)
    assert "product home" not in str(refused.value)


def test_a_flat_fee_must_not_disclose_less_than_it_costs() -> None:
    flat = {"method": "flat", "flat_monthly_rate": "0.006", "penalty_multiplier": "1.5"}
    with pytest.raises(
        ProductTableError, match=r"product dear .*: annual_rate 7\.2 % is less than its fee costs, 1\d\."
    ):
        check_prices(made_up(**flat, annual_rate="0.072"), CAPS, day=TODAY)
    assert check_prices(made_up(**flat, annual_rate="0.1324", periods=[6, 12]), CAPS, day=TODAY) == ()


def test_a_flat_fee_is_held_against_the_cap_with_the_shortest_first_period() -> None:
    flat = {"method": "flat", "flat_monthly_rate": "0.01", "annual_rate": "0.2", "periods": [3]}
    product = made_up(**flat)["dear"]
    worst = max(breaches(product, CAPS.on(TODAY)), key=lambda one: one.cap.rate)
    assert (worst.cap.origin.id, worst.start_on, worst.due_day) == ("judicial_24", date(2027, 1, 31), 1)


def penal(**columns: Any) -> Product:
    return made_up(annual_rate=P03["contract_rate"], penalty_multiplier=P03["multiplier"], **columns)["dear"]


def test_p03_the_switch_clamps_the_penalty_rate_to_the_cap() -> None:
    clamped = penal(clamp_penalty=True, penalty_cap=P03["cap"])
    assert clamped.penalty_rate == Decimal(P03["effective_penalty_rate"]) == Decimal("0.24")
    assert breaches(clamped, CAPS.on(TODAY)) == ()


def test_p03_without_the_switch_the_penalty_is_over_the_cap_and_the_table_refused() -> None:
    free = made_up(annual_rate=P03["contract_rate"], penalty_multiplier=P03["multiplier"], clamp_penalty=False)
    assert free["dear"].penalty_rate == Decimal("0.27")
    with pytest.raises(ProductTableError, match=r"product dear \(贵分期\): penalty rate 27 % of .* judicial_24: 24 %"):
        check_prices(free, CAPS, day=TODAY)


def _set(column: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update({column: value})


def _without(column: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.pop(column)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_set("cap", 0.24), r"cap 1 \(judicial_24\): cap: must be a decimal in quotes"),
        (_set("cap", "24"), r"cap: must be a decimal in quotes"),
        (_set("cap", "NaN"), r"cap: must be a decimal in quotes"),
        (_set("covers", ["everything"]), r"covers: 'everything' .*known are normal, penalty"),
        (_set("lenders", []), r"lenders: must be a list"),
        (_set("lenders", ["pawnshop"]), r"lenders: 'pawnshop'"),
        (_set("binds", "yes"), r"binds: must be true or false"),
        (_set("mark", "X"), r"mark: X is none of"),
        (_set("in_force", "2017"), r"in_force: must be a date"),
        (_set("until", date(2017, 1, 1)), r"until: ends before it begins"),
        (_set("maximum", "1"), r"maximum: there is no such column"),
        (_set("id", "historic_36"), r"id: historic_36 is taken"),
        (_set("binds", False), r"no row binds consumer_finance"),
        (_without("binds"), r"binds: is missing"),
        (_without("covers"), r"covers: is missing"),
        (_without("lenders"), r"lenders: is missing"),
        (_without("source"), r"source: is missing"),
    ],
)
def test_a_wrong_row_is_named_with_its_column(spoil: Callable[[dict[str, Any]], None], complaint: str) -> None:
    wrong = copy.deepcopy(table("price_caps"))
    spoil(wrong["cap"][0])
    with pytest.raises(PolicyError, match=complaint):
        parse_price_caps(wrong)


@pytest.mark.parametrize(("column", "value"), [("lender", "pawnshop"), ("version", ""), ("cap", []), ("caps", [])])
def test_a_wrong_head_is_refused(column: str, value: Any) -> None:
    with pytest.raises(PolicyError, match=column):
        parse_price_caps({**table("price_caps"), column: value})


BINDING = tuple(cap for cap in CAPS.on(TODAY) if cap.binds)


def near(**columns: Any) -> Product:
    """As products are parsed, without the check at start: their sums are the smallest that are lent."""
    return made_up(min_principal_fen=10_000, penalty_multiplier="1", **columns)["dear"]


@pytest.mark.parametrize("rounding", ["ROUND_HALF_UP", "ROUND_DOWN"])
@pytest.mark.parametrize("periods", [3, 12])
def test_a_loan_is_over_the_cap_exactly_where_its_own_cost_is(rounding: str, periods: int) -> None:
    """Every fen of a stretch: a sample would miss the sums that rounding carries over."""
    product = near(rounding=rounding, periods=[periods])
    over = 0
    for principal_fen in range(100_000, 100_200):
        terms = product.terms(principal_fen=principal_fen, periods=periods, start_on=date(2026, 11, 23))
        costly = all_in_cost(terms).nominal > Decimal("0.24")
        assert (cap_exceeded(product, terms, BINDING) is not None) == costly, principal_fen
        over += costly
    assert 0 < over < 200 if rounding == "ROUND_HALF_UP" else over == 0


def test_a_loan_is_held_against_a_cap_that_began_after_the_start() -> None:
    product = PRODUCTS["cash"]
    terms = product.terms(principal_fen=300_000, periods=max(product.periods), start_on=TODAY)
    assert cap_exceeded(product, terms, BINDING) is None
    lower = [replace(cap, rate=product.penalty_rate - Decimal("0.0001")) for cap in BINDING]
    assert cap_exceeded(product, terms, lower) == lower[0]

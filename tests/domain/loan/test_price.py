"""The all-in cost: golden traps of rounding and fees, and what must hold of any schedule."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.loan.irr import DAYS_OF_YEAR, PRECISION, irr, present_value
from service.domain.loan.price import all_in_cost, dearest, flows_of, principals_of
from service.domain.loan.products import parse_products
from service.domain.loan.schedule import build_schedule
from service.domain.loan.terms import DayCount, Method, Terms
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import SCHEDULES, VECTORS, terms_of
from tests.domain.loan.test_schedule import any_terms

TABLE = Path(__file__).parents[3] / "service" / "policy" / "products.toml"
PRODUCTS = parse_products(tomllib.loads(TABLE.read_text(encoding="utf-8")))
LENT = [code for code, product in PRODUCTS.items() if product.card is None]
CAP = Decimal("0.24")
CLOSE = Decimal("1e-15")


def level(principal: str, nominal: str, periods: int, rounding: str = "HALF_UP") -> Terms:
    return Terms(
        fen_from_yuan(principal), Decimal(nominal), periods, Method.EQUAL_INSTALLMENT, DayCount.THIRTY_360,
        rounding=f"ROUND_{rounding}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "trap", VECTORS["cap_rounding_trap"], ids=lambda t: f"{t['principal']}/{t['n']} {t['rounding']}"
)
def test_the_cost_counts_the_fen_that_rounding_adds(trap: dict[str, Any]) -> None:
    flows = flows_of(level(trap["principal"], trap["nominal"], trap["n"], trap["rounding"]))
    assert f"{flows.cost().nominal:.6f}" == trap["apr_12xIRR"]
    assert flows.cost_more_than(CAP) is trap["exceeds_24pct"]


@pytest.mark.parametrize("case", VECTORS["all_in_cost"], ids=lambda c: f"{c['nominal']}+{c['service_fee_total_pct']}")
def test_the_cost_counts_a_fee_that_is_spread_over_the_instalments(case: dict[str, Any]) -> None:
    terms = level(case["principal"], case["nominal"], case["n"])
    fee = Decimal(terms.principal_fen) * Decimal(case["service_fee_total_pct"]) / case["n"]
    cost = all_in_cost(terms, fees_fen=[round(fee)] * case["n"]).nominal
    assert abs(cost - Decimal(case["apr_12xIRR"])) < Decimal("0.00001")
    assert (cost > CAP, cost > Decimal("0.20")) == (case["over_24"], case["over_20"])


@pytest.mark.parametrize("name", [name for name, vector in SCHEDULES.items() if vector["irr_monthly"] is not None])
def test_a_golden_schedule_that_counts_in_months_costs_twelve_times_its_irr(name: str) -> None:
    vector, terms = SCHEDULES[name], terms_of(SCHEDULES[name])
    cost = all_in_cost(terms)
    regular = {row.days for row in build_schedule(terms)} == {30}
    if terms.day_count is DayCount.THIRTY_360 and regular:
        assert f"{cost.nominal:.6f}" == vector["apr_simple_12xIRR"]
        assert f"{cost.compound:.6f}" == vector["ear_compound"]
    else:  # the vector takes every period for a month; days say it more exactly
        assert abs(cost.nominal - Decimal(vector["apr_simple_12xIRR"])) < Decimal("0.02")


def test_a_fee_held_back_at_the_start_is_dearer_than_one_paid_along() -> None:
    terms = level("10000", "0.12", 12)
    plain = all_in_cost(terms).nominal
    spread = all_in_cost(terms, fees_fen=[1_000] * 12).nominal
    upfront = all_in_cost(terms, upfront_fee_fen=12_000).nominal
    assert plain < spread < upfront
    with pytest.raises(ValueError, match="more fees than instalments"):
        flows_of(terms, fees_fen=[1] * 13)


def test_dated_flows_have_the_rate_that_spreadsheets_find() -> None:
    # the example in the documentation of XIRR: 0.373362535
    days = (date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1))
    payments = list(zip(days, (275_000, 425_000, 325_000, 275_000), strict=True))
    daily = irr(1_000_000, [((day - date(2008, 1, 1)).days, fen) for day, fen in payments])
    rate = (1 + daily) ** DAYS_OF_YEAR - 1
    assert f"{rate:.8f}" == "0.37336253"


def test_a_loan_of_a_year_to_the_day_compounds_to_its_own_interest() -> None:
    terms = Terms(
        1_000_000, Decimal("0.1"), 12, Method.BULLET, DayCount.ACT_365, start_on=date(2026, 3, 1)
    )  # fmt: skip
    assert abs(all_in_cost(terms).compound - Decimal("0.1")) < CLOSE


def test_a_drawdown_repaid_the_next_day_is_priced_too() -> None:
    # 500.00 × 0.035 % = 0.175 → 0.18; 12 × (1.00036^(365 / 12) − 1) = 13.21 %, where a kept loan costs 12.8 %
    found = dearest(PRODUCTS["flexible"])
    assert Decimal("0.1320") < found.cost.nominal < Decimal("0.1322")
    assert found.principal_fen < 60_000
    assert dearest(PRODUCTS["flexible"], any_due_day=False).cost.nominal < Decimal("0.129")


def test_a_purchase_that_bears_interest_is_priced_as_if_for_a_day() -> None:
    # 0.04 % a day: 12 × (1.0004^(365 / 12) − 1) = 14.69 %; rounding down makes no small purchase dearer
    found = dearest(PRODUCTS["shopping"])
    assert f"{found.cost.nominal:.4f}" == "0.1469"
    assert found.cost == dearest(PRODUCTS["shopping"], any_due_day=False).cost


def test_actual_360_shows_the_five_days_that_it_charges_on_top() -> None:
    on_365 = Terms(100_000_000, Decimal("0.12"), 12, Method.EQUAL_INSTALLMENT, DayCount.ACT_365, date(2026, 1, 15))
    on_360 = replace(on_365, day_count=DayCount.ACT_360)
    assert all_in_cost(on_365).nominal < Decimal("0.1201")
    assert Decimal("0.1215") < all_in_cost(on_360).nominal < Decimal("0.1218")


def test_a_flat_fee_is_dearer_where_the_first_period_is_a_day() -> None:
    terms = replace(level("10000", "0", 6), method=Method.FLAT, flat_monthly_rate=Decimal("0.006"))
    flat = replace(terms, start_on=date(2027, 1, 31))
    assert all_in_cost(replace(flat, due_day=1)).nominal > all_in_cost(flat).nominal + Decimal("0.03")


@pytest.mark.parametrize(
    "payments", [[], [(0, 100)], [(1, -1), (2, 200)], [(2, 60), (1, 60)], [(1, 99)]], ids=str
)  # fmt: skip
def test_flows_without_a_rate_are_refused(payments: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"payments|payment"):
        irr(100, payments)
    with pytest.raises(ValueError, match="positive"):
        irr(0, [(1, 1)])


@given(any_terms())
def test_without_interest_the_cost_is_nothing(terms: Terms) -> None:
    flat = Decimal(0) if terms.method is Method.FLAT else None
    cost = all_in_cost(replace(terms, annual_rate=Decimal(0), flat_monthly_rate=flat))
    assert (cost.nominal, cost.compound) == (0, 0)


@given(any_terms())
def test_discounting_the_flows_at_the_irr_gives_back_what_was_paid_out(terms: Terms) -> None:
    flows = flows_of(terms)
    rate = irr(flows.paid_out_fen, flows.payments)  # per day
    with localcontext() as context:
        context.prec = PRECISION
        worth = present_value(flows.payments, rate)
    assert abs(worth - flows.paid_out_fen) < Decimal("1e-6")


@given(any_terms())
def test_one_present_value_says_the_same_as_the_cost(terms: Terms) -> None:
    flows = flows_of(terms)
    cost = flows.cost().nominal
    assume(cost < 10)  # a fen that costs a fen in a day is a rate of forty digits
    assert flows.cost_more_than(cost + CLOSE) is False
    if cost > CLOSE:
        assert flows.cost_more_than(cost - CLOSE) is True


@given(any_terms())
def test_rounding_up_never_lowers_the_cost(terms: Terms) -> None:
    up, down = (all_in_cost(replace(terms, rounding=one)).nominal for one in (ROUND_UP, ROUND_DOWN))
    assert up >= down
    in_months = terms.day_count is DayCount.THIRTY_360 and {row.days for row in build_schedule(terms)} == {30}
    if in_months and terms.method is not Method.FLAT:
        # interest that is rounded up is never less than the contract's rate bears, and the other way round
        assert down - CLOSE <= terms.annual_rate <= up + CLOSE


@given(any_terms())
def test_compounding_never_costs_less_than_the_nominal_rate(terms: Terms) -> None:
    cost = all_in_cost(terms)
    assert cost.compound >= cost.nominal >= 0


@pytest.mark.parametrize("code", LENT)
@given(data=st.data())
def test_no_loan_of_a_product_is_over_the_cap_whatever_its_amount_term_and_days(code: str, data: st.DataObject) -> None:
    product = PRODUCTS[code]
    terms = product.terms(
        principal_fen=data.draw(st.integers(product.min_principal_fen, product.max_principal_fen)),
        periods=data.draw(st.sampled_from(product.periods)),
        start_on=data.draw(st.dates(date(2026, 1, 1), date(2029, 12, 31))),
        due_day=data.draw(st.none() | st.integers(1, 31)),
    )
    flows = flows_of(terms)
    assert not flows.cost_more_than(CAP)
    # the grid is a sample: nothing is dearer than its dearest by more than rounding can make
    assert not flows.cost_more_than(dearest(product).cost.nominal + Decimal("0.0015"))


@pytest.mark.parametrize("code", LENT)
def test_no_first_period_is_dearer_than_those_that_the_grid_tries(code: str) -> None:
    """Near the cap, where it matters: three hundredths of a per cent lie between a first period of a day and of half a
    month. Of large sums, so that no fen of rounding counts."""
    product = PRODUCTS[code]
    if product.flat_monthly_rate is None:
        product = replace(product, annual_rate=Decimal("0.2399"))
    worst = dearest(product).cost.nominal
    for due_day in range(1, 32):
        terms = product.terms(
            principal_fen=product.max_principal_fen, periods=product.periods[0], start_on=date(2027, 1, 31),
            due_day=due_day,
        )  # fmt: skip
        assert not flows_of(terms).cost_more_than(worst + Decimal("0.000002")), due_day


@pytest.mark.parametrize("code", LENT)
def test_the_grid_tries_the_ends_and_odd_amounts_and_finds_the_dearest_of_them(code: str) -> None:
    product = PRODUCTS[code]
    tried = principals_of(product)
    assert {product.min_principal_fen, product.max_principal_fen, product.min_principal_fen + 1} <= set(tried)
    found = dearest(product, any_due_day=False)
    for periods in product.periods:
        for principal_fen in tried:
            terms = product.terms(principal_fen=principal_fen, periods=periods, start_on=date(2027, 2, 28))
            assert not flows_of(terms).cost_more_than(found.cost.nominal + CLOSE)


@given(any_terms(), st.integers(1, 1000))
def test_a_fee_makes_any_loan_dearer(terms: Terms, fee_fen: int) -> None:
    assume(terms.rounding == ROUND_HALF_UP)
    assert all_in_cost(terms, fees_fen=[fee_fen]).nominal > all_in_cost(terms).nominal

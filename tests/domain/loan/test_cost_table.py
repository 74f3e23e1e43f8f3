"""综合融资成本明示表 as data: it adds up, names everything, and its plan is the one that the loan gets."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.cost_table import METHOD_NAMES, CostTable, make_cost_table
from service.domain.loan.origination import originate
from service.domain.loan.products import Product, parse_products
from service.domain.loan.terms import InterestOn, Method

TABLE = tomllib.loads((Path(__file__).parents[3] / "service" / "policy" / "products.toml").read_text(encoding="utf-8"))
PRODUCTS = parse_products(TABLE)
TODAY = date(2026, 11, 23)


def made(
    product: Product, *, principal_fen: int = 1_000_000, periods: int | None = None, due_day: int | None = None
) -> CostTable:
    return make_cost_table(
        product,
        principal_fen=principal_fen,
        periods=periods or product.periods[-1],
        start_on=TODAY,
        due_day=due_day,
        collector="小清消费金融",
        products_version=PRODUCTS.version,
    )


def test_a_table_worked_by_hand() -> None:
    # 1.2 % a month: 120.00 + 80.48 + 40.48 of interest, and the last instalment takes what rounding left
    shown = made(PRODUCTS["appliance"], periods=3)
    assert [row.payment_fen for row in shown.schedule] == [341_365, 341_365, 341_366]
    assert [row.interest_fen for row in shown.schedule] == [12_000, 8_048, 4_048]
    assert [row.due_on for row in shown.schedule] == [date(2026, 12, 23), date(2027, 1, 23), date(2027, 2, 23)]
    assert (shown.total_cost_fen, shown.total_repayment_fen) == (24_096, 1_024_096)
    assert shown.annual_cost == Decimal("0.144003")
    assert shown.method_name == "等额本息"
    (interest,) = shown.items
    assert (interest.name, interest.rate, interest.rate_period) == ("利息", Decimal("0.144"), "year")
    assert interest.collector == "小清消费金融"
    assert "除以 12" in interest.calculation
    assert [item.name for item in shown.contingent] == ["逾期罚息", "提前结清手续费"]
    assert [item.rate for item in shown.contingent] == [Decimal("0.216"), Decimal(0)]
    assert "有 3 天宽限期" in shown.contingent[0].calculation
    assert "不收取其他任何费用" in shown.nothing_else


def test_a_flat_fee_shows_its_monthly_rate_and_what_it_costs_a_year() -> None:
    shown = made(PRODUCTS["beauty"], periods=12)
    assert (shown.items[0].rate, shown.items[0].rate_period) == (Decimal("0.006"), "month")
    assert shown.annual_cost == Decimal("0.130342")  # 0.6 % a month is 13.03 % a year, not 7.2 %
    assert shown.total_cost_fen == 12 * 6_000
    assert "不减少" in shown.items[0].calculation


def test_what_a_day_counts_is_said_as_it_is_calculated() -> None:
    assert "除以 365" in made(PRODUCTS["travel"]).items[0].calculation
    assert "除以 360" in made(PRODUCTS["rent"]).items[0].calculation
    assert "宽限" not in made(PRODUCTS["travel"]).contingent[0].calculation
    assert "宽限期结束后起算" in made(PRODUCTS["insurance"]).contingent[0].calculation


def test_a_principal_grace_and_interest_by_the_day_are_said_in_the_table() -> None:
    # 60,000.00 at 0.99 % a month: 594.00 three times before anything is repaid
    later = made(PRODUCTS["renovation"], principal_fen=6_000_000, periods=12)
    assert later.method_name == "等额本息（前 3 期只还利息）"
    assert [row.payment_fen for row in later.schedule[:3]] == [59_400] * 3
    assert later.schedule[3].principal_fen > 0
    assert abs(later.annual_cost - Decimal("0.1188")) < Decimal("0.00001")  # the cost is the rate's, the grace no gift
    any_day = made(PRODUCTS["flexible"], periods=3)
    assert any_day.method_name == "随借随还，先息后本"
    assert "还了的部分从当天起不再计息" in any_day.items[0].calculation
    # 0.035 % a day of 10,000.00: 3.50 for 30, 31 and 31 days
    assert [row.interest_fen for row in any_day.schedule] == [10_500, 10_850, 10_850]


def test_a_fee_for_settling_early_is_listed_apart_and_not_in_the_sum() -> None:
    row = {**TABLE["product"][0], "early_fee_rate": "0.01"}
    charged = made(parse_products({**TABLE, "product": [row]})["appliance"], periods=3)
    assert charged.contingent[1].rate == Decimal("0.01")
    assert "手续费" in charged.contingent[1].calculation
    assert charged.total_cost_fen == 24_096


def test_every_method_has_a_name() -> None:
    assert set(METHOD_NAMES) == set(Method)


@pytest.mark.parametrize("code", [code for code in PRODUCTS if PRODUCTS[code].card is None])
@given(data=st.data())
def test_any_table_adds_up_and_is_the_plan_of_the_loan_that_would_be_made(code: str, data: st.DataObject) -> None:
    product = PRODUCTS[code]
    principal_fen = data.draw(st.integers(product.min_principal_fen, product.max_principal_fen))
    periods = data.draw(st.sampled_from(product.periods))
    due_day = data.draw(st.none() | st.integers(1, 31))
    shown = made(product, principal_fen=principal_fen, periods=periods, due_day=due_day)
    assert sum(row.payment_fen for row in shown.schedule) == shown.total_repayment_fen
    assert sum(item.amount_fen for item in shown.items) == shown.total_cost_fen
    assert shown.total_repayment_fen == principal_fen + shown.total_cost_fen
    assert shown.first_due_on == shown.schedule[0].due_on > TODAY
    assert shown.annual_cost_compound >= shown.annual_cost > 0
    loan = originate(
        product,
        loan_id="l",
        borrower_id="b",
        credit_line_id="c",
        principal_fen=principal_fen,
        periods=periods,
        disbursed_on=TODAY,
        due_day=due_day,
        purpose="测试",
        products_version=PRODUCTS.version,
    )
    assert [(one.due_on, one.principal_fen, one.interest_fen) for one in loan.instalments] == [
        (row.due_on, row.principal_fen, row.interest_fen) for row in shown.schedule
    ]
    assert loan.penalty_rate == shown.contingent[0].rate
    assert loan.early_fee_rate == shown.contingent[1].rate


def test_an_account_shows_what_a_purchase_costs_without_free_days_and_when_it_costs_nothing() -> None:
    shown = made(PRODUCTS["shopping"], principal_fen=123_456)
    (row,) = shown.schedule  # 123456 × 14.4 % × 30 / 360 = 1481.47, rounded down
    assert (row.due_on, row.principal_fen, row.interest_fen) == (date(2026, 12, 23), 123_456, 1_481)
    assert (shown.method, shown.method_name) == (Method.REVOLVING, "按账单还款")
    assert Decimal("0.1459") < shown.annual_cost < Decimal("0.146")  # the five days that a year of 360 charges on top
    assert "3 天宽限期）前还清账单，消费不收利息" in shown.items[0].calculation
    assert "满 1 个月一次还清" in shown.annual_cost_basis
    late = shown.contingent[0]  # beside the 14.4 % that go on: together the 21.6 % that caps are held against
    assert (late.rate, "利息照常计算之外" in late.calculation) == (Decimal("0.072"), True)


def test_an_account_with_interest_on_all_says_so() -> None:
    product = PRODUCTS["shopping"]
    assert product.card is not None
    full = replace(product, card=replace(product.card, interest_on=InterestOn.FULL))
    assert "整份账单的消费都计息" in made(full).items[0].calculation

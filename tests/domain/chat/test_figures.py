"""A number in an answer is that of the table which decides it, computed as the ledger computes it."""

from __future__ import annotations

import dataclasses
from datetime import date

from service.domain.chat.figures import figures_from
from service.domain.loan.products import Products
from tests.domain.chat.knowledge_cases import TODAY, knowledge, tables

FIGURES = figures_from(tables())(TODAY)


def test_the_numbers_are_those_of_the_tables() -> None:
    expected = {
        "grace_days": "3", "without_grace": "旅行月付", "penalty_times": "1.5", "penalty_cap": "24%",
        "all_in_cap": "24%",
        "rate_lowest": "7.2%", "rate_highest": "15.6%", "limit_cap": "200,000", "collection_hours": "08:00—22:00",
        "calls_law": "3", "calls_own": "2", "attempts": "6", "plan_periods": "60", "promise_days": "30",
        "person_hours": "每天 08:30–20:30", "principal_first_days": "90", "allocation_order": "费用、罚息、利息、本金",
    }  # fmt: skip
    assert {name: FIGURES[name] for name in expected} == expected


def test_examples_are_what_the_formulas_give() -> None:
    # 10,000 at 14.4 % over 12 months: A = P·r / (1 − (1 + r)^−12), r = 1.2 % → 899.75; the last one bears the rounding
    assert FIGURES["example_appliance_first"] == "899.75"
    assert FIGURES["example_appliance_interest"] == "797.05"
    # equal principal at 10.8 %: interest = P·r·(n + 1) / 2 = 10,000 × 0.9 % × 6.5 = 585
    assert (FIGURES["example_home_first"], FIGURES["example_home_interest"]) == ("923.33", "585")
    # interest first at 9.6 %: 80 a month · 30 days of 12.6 % over 365 · a day of 14.4 % over 360
    assert (FIGURES["example_study_first"], FIGURES["example_study_last"]) == ("80", "10,080")
    assert (FIGURES["example_travel_month"], FIGURES["example_cash_day"]) == ("103.56", "4")
    # a flat fee of 0.6 % a month is 13.03 % a year, as the worked schedule S12 has it
    assert (FIGURES["example_beauty_first_interest"], FIGURES["example_beauty_cost"]) == ("60", "13.03%")
    # 1,000 overdue at 21.6 % over 360 for 10 days
    assert FIGURES["example_appliance_late"] == "6"


def test_an_answer_moves_with_its_table() -> None:
    products = tables().products
    longer = {code: dataclasses.replace(one, grace_days=5) for code, one in products.rows.items()}
    moved = dataclasses.replace(tables(), products=Products(products.version, longer))
    told = dataclasses.replace(knowledge(), figures=figures_from(moved))
    found = told.find("有没有宽限期", intents=["overdue_consequence"], day=TODAY)
    assert found is not None
    assert "5 天宽限期" in found.answer
    assert "没有宽限期的：无" in found.answer


def test_a_number_that_no_row_says_on_a_day_silences_its_clause_and_no_other() -> None:
    early = date(2025, 1, 1)
    assert "collection_hours" not in figures_from(tables())(early)
    assert knowledge().find("催收有时间限制吗", intents=["complaint"], day=early) is None
    assert knowledge().find("能不能提前还清", intents=["early_settlement"], day=early) is not None


def test_the_numbers_of_accounts_and_of_the_first_months_are_those_of_the_products() -> None:
    expected = {
        "due_days_shopping": "20", "minimum_share_shopping": "10%", "minimum_floor_shopping": "100",
        "grace_shopping": "3", "principal_grace_renovation": "3", "example_flexible_day": "3.50",
    }  # fmt: skip
    assert {name: FIGURES[name] for name in expected} == expected

"""What settling early costs, by the golden cases, through the price that borrowers are quoted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.domain.days import month_later
from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.schedule import build_schedule
from service.domain.loan.settlement import payoff_of
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import SCHEDULES, VECTORS, terms_of

START = date(2026, 12, 1)  # S01 has no calendar; months of 31 days leave room for its 30 days of interest


def _name(case: dict[str, Any]) -> str:
    paid, days = case["paid_installments"], case["days_into_period"]
    return f"{case['schedule']}: {paid} paid, {days} days, fee {case['fee_rate']}, {case['year_basis']}"


@pytest.mark.parametrize("case", VECTORS["early_settlement"], ids=_name)
def test_a_golden_early_settlement_is_quoted_to_the_fen(case: dict[str, Any]) -> None:
    loan = _loan(case)
    last_paid_on = month_later(START, case["paid_installments"], START.day)
    quote = payoff_of(loan, last_paid_on + timedelta(days=case["days_into_period"]))
    assert quote.principal_fen == fen_from_yuan(case["outstanding_principal"])
    assert quote.interest_fen == fen_from_yuan(case["accrued_interest"])
    assert quote.early_fee_fen == fen_from_yuan(case["early_fee"])
    assert quote.total_fen == fen_from_yuan(case["payoff"])
    assert quote.interest_saved_fen == fen_from_yuan(case["future_interest_waived"])


def _loan(case: dict[str, Any]) -> LoanState:
    terms = terms_of(SCHEDULES[case["schedule"]])
    instalments = tuple(
        InstalmentState(
            no=row.no,
            due_on=month_later(START, row.no, START.day),
            starts_on=month_later(START, row.no - 1, START.day),
            ends_on=month_later(START, row.no, START.day),
            principal_fen=row.principal_fen,
            interest_fen=row.interest_fen,
            principal_paid_fen=row.principal_fen if row.no <= case["paid_installments"] else 0,
            interest_paid_fen=row.interest_fen if row.no <= case["paid_installments"] else 0,
            paid_on=START if row.no <= case["paid_installments"] else None,
        )
        for row in build_schedule(terms)
    )
    return LoanState(
        id="golden", borrower_id="b", credit_line_id="l", product_code="p", product_name="p", brand="b", purpose="p",
        principal_fen=terms.principal_fen, disbursed_on=START, annual_rate=terms.annual_rate, method=terms.method,
        day_count=f"act/{case['year_basis']}", periods=terms.periods, due_day=START.day, rounding=terms.rounding,
        penalty_rate=Decimal(0), grace_days=0, grace_mode="backdate", early_fee_rate=Decimal(case["fee_rate"]),
        allocation_order=(), allocation_mode="horizontal", debt_order="oldest_due", products_version="golden",
        instalments=instalments,
    )  # fmt: skip

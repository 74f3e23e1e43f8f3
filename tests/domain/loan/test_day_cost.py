"""What one more day costs, by the ledger's own rates and day counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.loan.accrual import age
from service.domain.loan.book import Book, LoanState
from service.domain.loan.day_cost import DayCost, day_cost
from service.domain.loan.origination import originate
from service.domain.loan.plan import Part, Plan
from service.domain.values import replace
from service.wiring import read_products

START = date(2026, 9, 15)
PRODUCTS, _ = read_products(today=START)


def drawn(code: str, periods: int = 12) -> LoanState:
    return originate(
        PRODUCTS[code], loan_id="L1", borrower_id="b", credit_line_id="l", principal_fen=1_200_000, periods=periods,
        disbursed_on=START, due_day=None, purpose="样例", products_version="t",
    )  # fmt: skip


def on(loan: LoanState, day: date) -> DayCost:
    return day_cost(age(Book("b", 0, (loan,)), day).book.loans[0], day)


def test_what_is_late_bears_penalty_interest_and_no_longer_the_contracts() -> None:
    # 等额本金: 1,000.00 of principal a month; 11,000.00 × 10.8 % / 360, and 1,000.00 × 16.2 % / 360
    cost = on(drawn("home"), date(2026, 10, 15) + timedelta(days=20))
    assert cost == DayCost(1_100_000, 330, 100_000, Decimal("0.1620"), 45)


def test_nothing_is_late_while_grace_lasts() -> None:
    assert on(drawn("home"), date(2026, 10, 16)).penalty_fen == 0


def test_a_flat_loans_interest_is_shared_out_by_the_days_of_its_instalment() -> None:
    # 12,000.00 × 0.6 % a month, over the 30 days until the 15th of October
    cost = on(drawn("beauty"), date(2026, 9, 20))
    assert (cost.bearing_fen, cost.interest_fen) == (0, 240)


def test_under_a_plan_a_day_adds_nothing() -> None:
    day = date(2026, 11, 10)
    plan = Plan("p", day, (Part(day + timedelta(days=30), 1_300_000),), 0, grace_days=3, stops_penalty=True)
    loan = replace(age(Book("b", 0, (drawn("home"),)), day).book.loans[0], plan=plan)
    cost = on(loan, day + timedelta(days=1))
    assert (cost.bearing_fen, cost.interest_fen, cost.late_fen, cost.penalty_fen) == (0, 0, 0, 0)


@pytest.mark.parametrize(("code", "fen"), [("home", 360), ("study", 320)])
def test_what_is_not_due_bears_the_contracts_rate(code: str, fen: int) -> None:
    cost = on(drawn(code), date(2026, 9, 20))
    assert (cost.bearing_fen, cost.interest_fen, cost.late_fen) == (1_200_000, fen, 0)

"""What one more day costs, by the ledger's own rates and day counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.loan.accrual import age
from service.domain.loan.book import Book, LoanState
from service.domain.loan.day_cost import DayCost, day_cost
from service.domain.loan.event import Event, Purchased, apply
from service.domain.loan.origination import open_account, originate
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


def bought(fen: int, *, on: date) -> LoanState:
    """An account whose statement of the 5th of October asks for one purchase."""
    account = open_account(
        PRODUCTS["shopping"], loan_id="L1", borrower_id="b", credit_line_id="l", opened_on=on, statement_day=5,
        purpose="样例", products_version="t",
    )  # fmt: skip
    return apply(Book("b", 0, (account,)), Event("e-1", on, Purchased("L1", fen, "样例"))).book.loans[0]


def on(loan: LoanState, day: date) -> DayCost:
    return day_cost(age(Book("b", 0, (loan,)), day).book.loans[0], day)


def test_what_is_late_bears_penalty_interest_and_no_longer_the_contracts() -> None:
    # 等额本金: 1,000.00 of principal a month; 11,000.00 × 10.8 % / 360, and 1,000.00 × 16.2 % / 360
    cost = on(drawn("home"), date(2026, 10, 15) + timedelta(days=20))
    assert cost == DayCost(1_100_000, 330, 100_000, Decimal("0.1620"), 45, 0)


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


@pytest.mark.parametrize("code", ["appliance", "home", "beauty", "digital"])
def test_when_grace_that_counts_back_ends_its_penalty_is_told_before_and_each_day_after(code: str) -> None:
    loan = drawn(code)
    due_on = loan.instalments[0].due_on
    for days in range(8):
        today = due_on + timedelta(days=days)
        now, then = (age(Book("b", 0, (loan,)), day).book.loans[0] for day in (today, today + timedelta(days=1)))
        added = sum(one.penalty_fen for one in then.instalments) - sum(one.penalty_fen for one in now.instalments)
        cost = day_cost(now, today)
        told = cost.penalty_fen or cost.from_tomorrow_fen
        assert abs(told - added) <= 1, (today, cost)  # the ledger rounds the sum of the days, not each
        assert bool(cost.late_fen) == (days > loan.grace_days or (not loan.grace_days and days > 0))


def test_the_last_day_without_interest_of_a_purchase_says_what_the_next_adds() -> None:
    account = bought(1_000_000, on=START)
    due_on = date(2026, 10, 25)
    last = due_on + timedelta(days=account.grace_days)
    before, on_last, after = (on(account, last + timedelta(days=n)) for n in (-1, 0, 1))
    assert (before.bearing_fen, before.from_tomorrow_fen) == (0, 0)
    assert (on_last.bearing_fen, on_last.interest_fen) == (0, 0)
    # 10,000.00 × 14.4 % / 360 of 44 days, and the minimum of 1,000.00 × 7.2 % / 360 of 4
    assert on_last.from_tomorrow_fen == 17_600 + 80
    assert (after.bearing_fen, after.interest_fen, after.from_tomorrow_fen) == (1_000_000, 400, 0)


def test_an_instalment_that_runs_and_is_paid_bears_no_more() -> None:
    loan = drawn("home")
    first = loan.instalments[0]
    paid = replace(first, principal_paid_fen=first.principal_fen, interest_paid_fen=first.interest_fen)
    cost = on(replace(loan, instalments=(paid, *loan.instalments[1:])), date(2026, 9, 20))
    assert (cost.bearing_fen, cost.interest_fen) == (0, 0)


def test_a_flat_loans_share_is_rounded_as_its_contract_has_it() -> None:
    loan = drawn("beauty")
    second = loan.instalments[1]
    assert (second.ends_on - second.starts_on).days == 31
    assert on(loan, second.starts_on).interest_fen == round(second.interest_fen / 31)

"""Repayment plans: every golden schedule to the fen, and what must hold for any terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.loan.irr import annualised, irr
from service.domain.loan.schedule import build_schedule
from service.domain.loan.terms import AMORTISING, SCHEDULED, DayCount, Method, Terms
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import SCHEDULES, VECTORS, terms_of


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_golden_schedule_is_met_to_the_fen(name: str) -> None:
    vector = SCHEDULES[name]
    made = [(row.no, row.principal_fen, row.interest_fen, row.payment_fen, row.balance_fen)
            for row in build_schedule(terms_of(vector))]  # fmt: skip
    parts = ("principal", "interest", "payment", "balance")
    assert made == [(row["k"], *(fen_from_yuan(row[part]) for part in parts)) for row in vector["rows"]]


@pytest.mark.parametrize("name", [name for name, vector in SCHEDULES.items() if vector["start_date"]])
def test_a_golden_schedule_falls_due_on_its_dates(name: str) -> None:
    vector = SCHEDULES[name]
    made = [(str(row.due_on), row.days) for row in build_schedule(terms_of(vector))]
    assert made == [(row["due_date"], row["days"]) for row in vector["rows"]]


@pytest.mark.parametrize("name", [name for name, vector in SCHEDULES.items() if vector["irr_monthly"] is not None])
def test_a_golden_schedule_costs_its_irr(name: str) -> None:
    vector = SCHEDULES[name]
    rate = _irr(terms_of(vector))
    assert f"{rate:.8f}" == f"{Decimal(vector['irr_monthly']):.8f}"
    assert f"{annualised(rate):.6f}" == vector["apr_simple_12xIRR"]
    assert f"{annualised(rate, compound=True):.6f}" == vector["ear_compound"]


def test_one_daily_rate_bears_the_same_interest_on_360_and_365() -> None:
    on_365, on_360 = (build_schedule(terms_of(SCHEDULES[name])) for name in ("S19", "S20"))
    assert on_365 == on_360


@pytest.mark.parametrize(
    "trap", VECTORS["cap_rounding_trap"], ids=lambda t: f"{t['principal']}/{t['n']} {t['rounding']}"
)
def test_rounding_up_carries_a_nominal_24_percent_over_the_cap(trap: dict[str, Any]) -> None:
    terms = Terms(
        fen_from_yuan(trap["principal"]), Decimal(trap["nominal"]), trap["n"], Method.EQUAL_INSTALLMENT,
        DayCount.THIRTY_360, rounding=f"ROUND_{trap['rounding']}",
    )  # fmt: skip
    rows = build_schedule(terms)
    cost = annualised(_irr(terms))
    assert (rows[0].payment_fen, rows[-1].payment_fen) == (fen_from_yuan(trap["emi"]), fen_from_yuan(trap["last"]))
    assert f"{cost:.6f}" == trap["apr_12xIRR"]
    assert (cost > Decimal("0.24")) is trap["exceeds_24pct"]


@pytest.mark.parametrize("case", VECTORS["all_in_cost"], ids=lambda c: f"{c['nominal']}+{c['service_fee_total_pct']}")
def test_a_service_fee_counts_in_the_all_in_cost(case: dict[str, Any]) -> None:
    principal_fen = fen_from_yuan(case["principal"])
    terms = Terms(principal_fen, Decimal(case["nominal"]), case["n"], Method.EQUAL_INSTALLMENT, DayCount.THIRTY_360)
    fee_fen = principal_fen * Decimal(case["service_fee_total_pct"]) / case["n"]
    payments = [round(row.payment_fen + fee_fen) for row in build_schedule(terms)]
    cost = annualised(irr(principal_fen, list(enumerate(payments, 1))))
    assert abs(cost - Decimal(case["apr_12xIRR"])) < Decimal("0.00001")
    assert ((cost > Decimal("0.24")), (cost > Decimal("0.20"))) == (case["over_24"], case["over_20"])


def test_a_due_day_of_ones_own_makes_the_first_period_longer_not_dearer_by_the_day() -> None:
    chosen = Terms(
        1_200_000, Decimal("0.12"), 12, Method.EQUAL_PRINCIPAL, DayCount.THIRTY_360, date(2026, 11, 10), due_day=25
    )
    first = build_schedule(chosen)[0]
    assert (first.due_on, first.days, first.interest_fen) == (date(2026, 12, 25), 45, 18_000)


def test_terms_without_a_start_cannot_count_calendar_days() -> None:
    with pytest.raises(ValueError, match="needs start_on"):
        Terms(100, Decimal("0.1"), 3, Method.BULLET, DayCount.ACT_365)


def test_in_the_principal_grace_interest_alone_is_due_and_the_rest_is_level() -> None:
    # 1 % of 1,200,000; then two instalments: A = 12,000 / (1 − 1.01^−2) = 609,014.93 → 609,015
    level = Terms(
        1_200_000, Decimal("0.12"), 4, Method.EQUAL_INSTALLMENT, DayCount.THIRTY_360, principal_grace_periods=2
    )
    assert [(row.principal_fen, row.interest_fen) for row in build_schedule(level)] == [
        (0, 12_000), (0, 12_000), (597_015, 12_000), (602_985, 6_030),
    ]  # fmt: skip


@pytest.mark.parametrize("method", [Method.INTEREST_FIRST, Method.BULLET])
def test_a_loan_that_repays_its_principal_at_the_end_has_no_principal_grace(method: Method) -> None:
    with pytest.raises(ValueError, match="principal_grace_periods"):
        Terms(100, Decimal("0.1"), 3, method, DayCount.THIRTY_360, principal_grace_periods=1)


def test_a_principal_grace_leaves_a_period_to_repay_in() -> None:
    with pytest.raises(ValueError, match="at least one period"):
        Terms(100, Decimal("0.1"), 3, Method.EQUAL_PRINCIPAL, DayCount.THIRTY_360, principal_grace_periods=3)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    method = draw(st.sampled_from(SCHEDULED))
    rate = draw(st.decimals("0", "0.36", places=4))
    periods = draw(st.integers(1, 60))
    return Terms(
        principal_fen=draw(st.integers(1, 100_000_000)),
        annual_rate=rate,
        periods=periods,
        principal_grace_periods=draw(st.integers(0, periods - 1)) if method in AMORTISING else 0,
        method=method,
        day_count=draw(st.sampled_from(DayCount)),
        start_on=draw(st.dates(date(2024, 1, 1), date(2030, 12, 31))),
        due_day=draw(st.none() | st.integers(1, 31)),
        rounding=draw(st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN, ROUND_UP])),
        unit_fen=draw(st.sampled_from([1, 10, 100])),
        flat_monthly_rate=rate / 12 if method is Method.FLAT else None,
    )


@given(any_terms())
def test_principal_parts_sum_to_the_principal_and_nothing_is_negative(terms: Terms) -> None:
    rows = build_schedule(terms)
    assert sum(row.principal_fen for row in rows) == terms.principal_fen
    assert all(min(row.principal_fen, row.interest_fen, row.balance_fen) >= 0 for row in rows)
    assert rows[-1].balance_fen == 0
    balances = [terms.principal_fen, *(row.balance_fen for row in rows)]
    assert all(before - row.principal_fen == row.balance_fen for before, row in zip(balances, rows, strict=False))


@given(any_terms())
def test_due_dates_only_move_forward_and_keep_to_the_due_day(terms: Terms) -> None:
    assert terms.start_on is not None
    due = [row.due_on for row in build_schedule(terms) if row.due_on]
    day = terms.due_day or terms.start_on.day
    assert all(before < after for before, after in zip([terms.start_on, *due], due, strict=False))
    assert all(one.day == day or (one.day < day and _next_day_is_a_first(one)) for one in due)


LONG_FIRST_PERIOD = Terms(
    principal_fen=239,
    annual_rate=Decimal("0.2412"),
    periods=60,
    method=Method.EQUAL_INSTALLMENT,
    day_count=DayCount.ACT_360,
    start_on=date(2030, 12, 18),
    due_day=31,
)


@given(any_terms())
@example(replace(LONG_FIRST_PERIOD, annual_rate=Decimal("0.2568"), start_on=date(2030, 1, 1), due_day=26))
@example(LONG_FIRST_PERIOD)  # 44 days of interest are more than one of sixty instalments
def test_level_instalments_differ_only_in_the_last_and_where_the_interest_alone_is_more(terms: Terms) -> None:
    level = replace(
        terms,
        method=Method.EQUAL_INSTALLMENT,
        flat_monthly_rate=None,
        unit_fen=1,
        principal_fen=terms.principal_fen + 100_000,  # of a few fen, rounding eats whole instalments
    )
    rows = build_schedule(level)
    in_grace, repaying = rows[: level.principal_grace_periods], rows[level.principal_grace_periods :]
    assert all(row.principal_fen == 0 for row in in_grace)
    usual = max((row.payment_fen for row in repaying[:-1] if row.principal_fen), default=0)
    for row in repaying[:-1]:
        only_interest = row.principal_fen == 0 and row.interest_fen > usual
        # The interest that was paid beyond the level leaves less to repay: it may be over before the last.
        assert row.payment_fen == usual or only_interest or (row.balance_fen == 0 and repaying[0].payment_fen > usual)


def _next_day_is_a_first(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _irr(terms: Terms) -> Decimal:
    return irr(terms.principal_fen, [(row.no, row.payment_fen) for row in build_schedule(terms)])

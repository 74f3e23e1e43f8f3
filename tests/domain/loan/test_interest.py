"""Interest by the day: golden penalty and grace cases, and that daily postings lose no fen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.days import business_date
from service.domain.loan.interest import GraceMode, accrued_fen, penalty_days, penalty_rate
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import VECTORS, datetime_of

PENALTIES = {case["id"]: case for case in VECTORS["penalty"]}


@pytest.mark.parametrize("name", [name for name, case in PENALTIES.items() if "contract_rate" in case])
def test_a_golden_penalty_is_met(name: str) -> None:
    case = PENALTIES[name]
    cap = None if case["cap"] is None else Decimal(case["cap"])
    rate = penalty_rate(Decimal(case["contract_rate"]), multiplier=Decimal(case["multiplier"]), cap=cap)
    assert rate == Decimal(case["effective_penalty_rate"])
    assert _accrued(case, rate, case["days"]) == fen_from_yuan(case["penalty"])


def test_p07_the_daily_postings_add_up_to_the_penalty_rounded_once() -> None:
    case = PENALTIES["P07"]
    rate = Decimal(case["effective_penalty_rate"])
    totals = [_accrued(case, rate, days) for days in range(case["days"] + 1)]
    posted = [after - before for before, after in pairwise(totals)]
    assert posted == [fen_from_yuan(fen) for fen in case["posted_daily_deltas"]]
    assert sum(posted) == fen_from_yuan(case["rounded_once"])


@pytest.mark.parametrize(
    "case", VECTORS["grace"], ids=lambda case: f"{case['dpd_at_payment']} days late, paid {case['paid']}"
)
def test_grace_is_free_and_then_counts_from_the_due_date_or_from_its_end(case: dict[str, Any]) -> None:
    made = {
        mode: penalty_days(
            due_on=date.fromisoformat(case["due"]),
            as_of=date.fromisoformat(case["paid"]),
            grace_days=case["grace_days"],
            mode=mode,
        )
        for mode in GraceMode
    }
    assert made == {
        GraceMode.BACKDATE: case["penalty_days_backdate"],
        GraceMode.FROM_GRACE_END: case["penalty_days_from_grace_end"],
    }


@pytest.mark.parametrize("case", VECTORS["timezone"], ids=lambda case: case["utc"])
def test_a_business_date_begins_at_midnight_in_shanghai(case: dict[str, Any]) -> None:
    assert str(business_date(datetime_of(case["utc"]))) == case["business_date_cn"]


@given(
    principal_fen=st.integers(0, 20_000_000),
    rate=st.decimals("0", "0.36", places=5),
    basis=st.sampled_from([360, 365]),
    visits=st.lists(st.integers(0, 400), max_size=30).map(sorted),
)
def test_postings_on_any_days_sum_to_the_cumulative_and_never_go_back(
    principal_fen: int, rate: Decimal, basis: int, visits: list[int]
) -> None:
    posted = []
    for days in visits:
        total = accrued_fen(principal_fen, annual_rate=rate, days=days, year_basis=basis)
        posted.append(total - sum(posted))
    assert all(part >= 0 for part in posted)
    exact = principal_fen * rate * (visits[-1] if visits else 0) / basis
    assert abs(sum(posted) - exact) <= Decimal("0.5")


@given(late=st.integers(-40, 400), grace_days=st.integers(0, 10), mode=st.sampled_from(GraceMode))
def test_penalty_days_never_exceed_the_days_late_and_never_fall(late: int, grace_days: int, mode: GraceMode) -> None:
    due_on = date(2026, 3, 10)

    def on(days: int) -> int:
        return penalty_days(due_on=due_on, as_of=due_on + timedelta(days), grace_days=grace_days, mode=mode)

    assert 0 <= on(late) <= max(0, late)
    assert on(late) <= on(late + 1)


def _accrued(case: dict[str, Any], rate: Decimal, days: int) -> int:
    return accrued_fen(
        fen_from_yuan(case["overdue_principal"]),
        annual_rate=rate,
        days=days,
        year_basis=int(case["year_basis"]),
        rounding=ROUND_HALF_UP,
    )

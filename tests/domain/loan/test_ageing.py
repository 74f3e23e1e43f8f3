"""Days past due, buckets, class floors and roll rates, at their golden borders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.domain.loan.ageing import bucket, days_past_due, five_class_floor, roll_rate
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import VECTORS


@pytest.mark.parametrize("case", VECTORS["buckets"], ids=lambda case: f"{case['dpd']} days")
def test_buckets_and_class_floors_change_on_their_golden_days(case: dict[str, Any]) -> None:
    assert (bucket(case["dpd"]), five_class_floor(case["dpd"])) == (case["bucket"], case["min_five_class"])


@pytest.mark.parametrize("case", VECTORS["dpd"], ids=lambda case: f"{case['oldest_unpaid_due']} seen {case['as_of']}")
def test_days_past_due_count_calendar_days(case: dict[str, Any]) -> None:
    late = days_past_due(
        oldest_unpaid_due=date.fromisoformat(case["oldest_unpaid_due"]), as_of=date.fromisoformat(case["as_of"])
    )
    assert (late, bucket(late)) == (case["dpd"], case["bucket"])


def test_nothing_unpaid_or_not_due_yet_is_not_late() -> None:
    today = date(2026, 11, 23)
    assert days_past_due(oldest_unpaid_due=None, as_of=today) == 0
    assert days_past_due(oldest_unpaid_due=date(2026, 12, 1), as_of=today) == 0


@pytest.mark.parametrize("step", VECTORS["roll_rate"]["roll"])
def test_roll_rates_are_by_amount(step: str) -> None:
    golden = VECTORS["roll_rate"]
    before, after = step.split("-")
    rate = roll_rate(from_fen=fen_from_yuan(golden["month_t"][before]), to_fen=fen_from_yuan(golden["month_t1"][after]))
    assert f"{rate:.4f}" == golden["roll"][step]


def test_an_empty_bucket_has_no_roll_rate() -> None:
    with pytest.raises(ValueError, match="empty bucket"):
        roll_rate(from_fen=0, to_fen=1)
    assert roll_rate(from_fen=1, to_fen=0) == Decimal(0)

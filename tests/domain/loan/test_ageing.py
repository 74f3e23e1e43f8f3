"""Days past due, buckets, class floors and roll rates, at their golden borders."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.domain.collect.figures import Roll, rolls
from service.domain.loan.ageing import asset_class_floor, bucket, days_past_due
from service.domain.money import fen_from_yuan
from tests.domain.loan.golden import VECTORS


@pytest.mark.parametrize("case", VECTORS["buckets"], ids=lambda case: f"{case['dpd']} days")
def test_buckets_and_class_floors_change_on_their_golden_days(case: dict[str, Any]) -> None:
    assert (bucket(case["dpd"]), asset_class_floor(case["dpd"])) == (case["bucket"], case["min_five_class"])


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
    was, rolled = fen_from_yuan(golden["month_t"][before]), fen_from_yuan(golden["month_t1"][after])
    flows = [Roll("2026-10", before, after, 1, rolled), Roll("2026-10", before, before, 1, was - rolled)]
    figure = rolls(flows)
    told = next(row for row in figure.rows if row[2] == after)
    assert f"{told[figure.columns.index('rate_by_amount')]:.4f}" == golden["roll"][step]


def test_what_is_written_off_is_lost_however_late_it_is() -> None:
    assert (asset_class_floor(0), asset_class_floor(0, written_off=True)) == ("正常", "损失")

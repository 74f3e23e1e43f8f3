"""Arms are drawn stably and in their shares; intervals hold at all looks; harm is seen and noise is not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.collect.experiment import CHAMPION, Experiment
from service.domain.collect.uplift import (
    Mean,
    Measure,
    Outcome,
    Verdict,
    difference,
    judge,
    mean_of,
    results_of,
)
from tests.domain.collect.policy_of import policy

DAY = date(2026, 12, 10)


def experiment(**changes: object) -> Experiment:
    return replace(policy().experiments.rows[0], enabled=True, **changes)


def outcome(arm: str, *, paid: int = 0, complained: bool = False) -> Outcome:
    return Outcome(arm, 10_000, paid, complained, contacts=1, cost_fen=Decimal(5))


@given(st.text(min_size=1, max_size=20))
def test_a_debtor_is_always_in_the_same_arm(borrower_id: str) -> None:
    assert experiment().drawn(borrower_id) == experiment(label="renamed").drawn(borrower_id)


def test_arms_are_drawn_in_their_shares_and_independently_of_other_experiments() -> None:
    one = experiment()
    other = replace(one, origin=replace(one.origin, id="another"))
    drawn = [one.drawn(f"b{number}").id for number in range(20_000)]
    for arm in one.arms:
        assert drawn.count(arm.id) / 20_000 == pytest.approx(arm.share / 10_000, abs=0.01)
    both = sum(one.drawn(f"b{n}").id == other.drawn(f"b{n}").id == CHAMPION for n in range(20_000)) / 20_000
    assert both == pytest.approx(0.64, abs=0.015)


def test_the_holdout_is_left_in_peace_for_its_days_and_not_longer() -> None:
    one = experiment()
    holdout = one.arm("holdout")
    last = DAY + timedelta(days=one.holdout_days - 1)
    assert one.left_in_peace(holdout, exposed_on=DAY, today=last)
    assert not one.left_in_peace(holdout, exposed_on=DAY, today=last + timedelta(days=1))
    assert not one.left_in_peace(one.arm("fewer"), exposed_on=DAY, today=DAY)


def test_nothing_runs_before_its_day_nor_in_another_tier_nor_while_it_is_not_enabled() -> None:
    one = experiment()
    assert one.runs_on(DAY, "M1")
    assert not one.runs_on(date(2026, 11, 30), "M1")
    assert not one.runs_on(DAY, "M2")
    assert not policy().experiments.rows[0].runs_on(DAY, "M1")


def test_the_interval_of_a_difference_holds_the_difference_and_shrinks_with_more_debtors() -> None:
    few = difference(Mean(100, Decimal("0.5"), Decimal("0.25")), Mean(100, Decimal("0.4"), Decimal("0.24")), level=A)
    many = difference(
        Mean(10_000, Decimal("0.5"), Decimal("0.25")), Mean(10_000, Decimal("0.4"), Decimal("0.24")), level=A
    )
    assert few.low < Decimal("0.1") < few.high
    assert (many.high - many.low) < (few.high - few.low) / 5
    assert many.low > 0


A = Decimal("0.05")


def test_where_there_is_no_difference_looking_every_day_rarely_finds_one() -> None:
    """At most the level, though one looks a hundred times: a fixed-sample interval would err in a third of the runs."""
    draw = random.Random(20261124)
    wrong = 0
    for _ in range(200):
        ours: list[Decimal] = []
        theirs: list[Decimal] = []
        for _look in range(40):
            ours += [Decimal(draw.random() < 0.4) for _ in range(10)]
            theirs += [Decimal(draw.random() < 0.4) for _ in range(10)]
            found = difference(mean_of(ours), mean_of(theirs), level=A)
            if found.low > 0 or found.high < 0:
                wrong += 1
                break
    assert wrong <= 10


@pytest.mark.parametrize(
    ("exposed", "complained", "verdict"),
    [(50, 50, Verdict.GOES_ON), (300, 300, Verdict.HARMFUL), (300, 3, Verdict.GOES_ON), (300, 0, Verdict.GOES_ON)],
)
def test_an_arm_that_draws_complaints_is_harmful_before_any_horizon_is_over_and_few_debtors_decide_nothing(
    exposed: int, complained: int, verdict: Verdict
) -> None:
    one = experiment()
    told = mean_of([Decimal(number < complained) for number in range(exposed)])
    assert judge(one, results_of(one, []), {"fewer": told})[0].verdict is verdict


@pytest.mark.parametrize(
    ("paid", "verdict"),
    [(5_000, Verdict.GOES_ON), (9_000, Verdict.BETTER), (0, Verdict.HARMFUL)],
)
def test_recovery_decides_against_the_champion(paid: int, verdict: Verdict) -> None:
    one = experiment()
    both = [*[outcome(CHAMPION, paid=5_000)] * 1_000, *[outcome("fewer", paid=paid)] * 1_000]
    (champion, fewer, holdout) = results_of(one, both)
    assert (champion.n, fewer.n, holdout.n, champion.uplift) == (1_000, 1_000, 0, {})
    assert fewer.means[Measure.RECOVERY].mean == Decimal(paid) / 10_000
    assert judge(one, (champion, fewer, holdout), {})[0].verdict is verdict

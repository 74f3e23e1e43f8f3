"""Hardship: parts that sum to the fen, bounds that bind everybody, and rules that say yes only within theirs."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.hardship import HardshipFacts, Terms, equal_parts, rule_on
from service.domain.loan.hardship_policy import HardshipKind, parse_hardship_policy
from service.domain.loan.plan import Plan
from service.domain.rows import PolicyError
from tests.domain.loan.hardship_cases import hardship_policy, hardship_table

POLICY = hardship_policy()
TODAY = date(2026, 11, 23)
EASY = HardshipFacts(5, 600_000, 0, 145, (), None, False)
WITHIN = {
    HardshipKind.DEFER: Terms(HardshipKind.DEFER, months=1),
    HardshipKind.PLAN: Terms(HardshipKind.PLAN, periods=6, first_on=TODAY),
    HardshipKind.REDUCE: Terms(HardshipKind.REDUCE, penalty_fen=5_000),
    HardshipKind.STOP: Terms(HardshipKind.STOP, days=14),
}
BEYOND = {
    HardshipKind.DEFER: Terms(HardshipKind.DEFER, months=2),
    HardshipKind.PLAN: Terms(HardshipKind.PLAN, periods=7, first_on=TODAY),
    HardshipKind.REDUCE: Terms(HardshipKind.REDUCE, penalty_fen=4_000, fee_fen=1_001),
    HardshipKind.STOP: Terms(HardshipKind.STOP, days=15),
}


@given(
    periods=st.integers(1, 60),
    more=st.integers(0, 10**12),
    first_on=st.dates(date(2020, 1, 1), date(2090, 12, 31)),
)
def test_parts_sum_exactly_differ_by_a_fen_and_fall_on_the_same_day_of_every_month(
    periods: int, more: int, first_on: date
) -> None:
    total = periods + more
    parts = equal_parts(total, periods, first_on)
    fens = [part.fen for part in parts]
    assert sum(fens) == total
    assert max(fens) - min(fens) <= 1
    assert fens == sorted(fens, reverse=True)
    assert len(parts) == periods
    for number, part in enumerate(parts):
        months = first_on.year * 12 + first_on.month - 1 + number
        assert (part.due_on.year, part.due_on.month) == (months // 12, months % 12 + 1)
        assert part.due_on.day == min(first_on.day, monthrange(part.due_on.year, part.due_on.month)[1])
    Plan("p", first_on, parts, 0, 0, True)  # is one the ledger takes


def test_the_ends_of_months_are_kept_and_returned_to() -> None:
    days = [part.due_on for part in equal_parts(100, 4, date(2027, 1, 31))]
    assert days == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_a_part_of_nothing_is_no_part() -> None:
    for total, periods in ((2, 3), (0, 1), (5, 0)):
        with pytest.raises(ValueError, match="every part"):
            equal_parts(total, periods, TODAY)


@pytest.mark.parametrize("kind", list(HardshipKind))
def test_a_rule_approves_up_to_its_limit_and_not_a_step_beyond(kind: HardshipKind) -> None:
    assert rule_on(WITHIN[kind], EASY, POLICY, TODAY).rule is not None
    beyond = rule_on(BEYOND[kind], EASY, POLICY, TODAY)
    assert beyond.rule is None
    assert [one.code for one in beyond.reasons] == ["beyond_rule"]
    assert beyond.reasons[0].source.startswith("[P]")


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"days_past_due": 31}, ["too_late_for_rule"]),
        ({"owed_fen": 5_000_001}, ["too_much_for_rule"]),
        ({"stops": ("dispute", "hardship")}, ["matter_unsettled"]),
        ({"written_off": True}, ["written_off"]),
        ({"last_approved_on": TODAY - timedelta(days=300)}, ["helped_lately"]),
        ({"days_past_due": 31, "owed_fen": 5_000_001}, ["too_late_for_rule", "too_much_for_rule"]),
    ],
)
def test_every_reason_for_a_person_is_said(facts: dict[str, Any], codes: list[str]) -> None:
    ruling = rule_on(WITHIN[HardshipKind.DEFER], replace(EASY, **facts), POLICY, TODAY)
    assert ruling.rule is None
    assert [one.code for one in ruling.reasons] == codes


@pytest.mark.parametrize(
    "facts",
    [
        {"days_past_due": 30},
        {"owed_fen": 5_000_000},
        {"stops": ("hardship",)},
        {"last_approved_on": date(2025, 11, 23)},
    ],
)
def test_at_the_border_a_rule_still_approves(facts: dict[str, Any]) -> None:
    assert rule_on(WITHIN[HardshipKind.DEFER], replace(EASY, **facts), POLICY, TODAY).rule is not None


def test_before_a_rule_is_in_force_a_person_decides() -> None:
    ruling = rule_on(WITHIN[HardshipKind.DEFER], EASY, POLICY, date(2026, 10, 31))
    assert [one.code for one in ruling.reasons] == ["no_rule"]


def test_terms_survive_being_kept() -> None:
    for terms in (*WITHIN.values(), *BEYOND.values()):
        assert Terms.of(terms.kind, terms.as_dict()) == terms


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (("limits", "periods_at_most", 61), "periods_at_most"),
        (("limits", "plan_stops_penalty", "yes"), "plan_stops_penalty"),
        (("limits", "month_at_most", 3), "month_at_most"),
        (("rule", "kind", "forgive"), "kind"),
        (("rule", "most", 0), "most"),
        (("refusal", "advice", ""), "advice"),
    ],
)
def test_a_mistake_in_the_table_is_named(change: tuple[str, str, Any], column: str) -> None:
    table = hardship_table()
    table[change[0]][0][change[1]] = change[2]
    with pytest.raises(PolicyError, match=column):
        parse_hardship_policy(table)


def test_limits_follow_each_other_and_never_overlap() -> None:
    table = hardship_table()
    later = table["limits"][0] | {"id": "later", "in_force": date(2027, 1, 1), "periods_at_most": 36}
    table["limits"].append(later)
    with pytest.raises(PolicyError, match="still holds"):
        parse_hardship_policy(table)
    table["limits"][0]["until"] = date(2027, 1, 1)
    both = parse_hardship_policy(table)
    assert both.limits_on(date(2026, 12, 31)).periods_at_most == 60
    assert both.limits_on(date(2027, 1, 1)).periods_at_most == 36
    with pytest.raises(PolicyError, match="no row holds"):
        both.limits_on(date(2026, 10, 31))

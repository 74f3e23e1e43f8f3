"""What works is chosen, little is tried, nothing that the step does not name is ever used."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.collect.bandit import LearningRule, Option, Tried, options_of, pick
from service.domain.collect.treatment import Step
from tests.domain.collect.policy_of import policy

STEP = Step(5, {"wechat": ("w",), "inapp": ("a", "b")}, hours=(time(10), time(19)))
OPTIONS = options_of(STEP, channels=("inapp",))


def rule() -> LearningRule:
    found = policy().learning.on(date(2026, 12, 1))
    assert found is not None
    return found


def test_options_are_what_the_step_names_on_open_channels_the_usual_one_first() -> None:
    assert [one.id for one in OPTIONS] == [
        "inapp/a/10:00", "inapp/a/19:00", "inapp/b/10:00", "inapp/b/19:00",
    ]  # fmt: skip
    assert options_of(STEP, channels=("sms",)) == ()
    assert options_of(STEP, channels=("inapp", "wechat"))[0] == Option("wechat", "w", time(10))


def test_nothing_known_is_the_usual_and_nothing_to_learn_by_is_too() -> None:
    assert {pick(OPTIONS, {}, rule=None, message_id=str(n)).option for n in range(300)} == {OPTIONS[0]}
    picks = [pick(OPTIONS, {}, rule=rule(), message_id=str(n)) for n in range(3_000)]
    assert {one.option for one in picks if one.by == "usual"} == {OPTIONS[0]}


def test_no_more_is_tried_than_the_policy_allows() -> None:
    picks = [pick(OPTIONS, {}, rule=rule(), message_id=f"outreach-{n}") for n in range(20_000)]
    share = sum(one.by == "explored" for one in picks) / 20_000
    assert share == pytest.approx(rule().explore_at_most / 10_000, abs=0.01)
    assert {one.option for one in picks if one.by == "explored"} == set(OPTIONS)


def test_what_worked_best_is_used_once_it_was_tried_often_enough() -> None:
    tried = {
        OPTIONS[0].id: Tried(500, 50),
        OPTIONS[1].id: Tried(rule().tried_at_least, rule().tried_at_least // 2),
        OPTIONS[2].id: Tried(rule().tried_at_least - 1, rule().tried_at_least - 1),
    }
    learned = {pick(OPTIONS, tried, rule=rule(), message_id=str(n)) for n in range(500)}
    assert {one.option for one in learned if one.by == "learned"} == {OPTIONS[1]}


@given(
    st.dictionaries(st.sampled_from([one.id for one in OPTIONS]), st.tuples(st.integers(1, 999), st.integers(0, 999))),
    st.text(max_size=12),
)
def test_the_pick_is_always_one_of_the_options_and_the_same_for_the_same_message(
    counts: dict[str, tuple[int, int]], message_id: str
) -> None:
    tried = {name: Tried(times, min(times, worked)) for name, (times, worked) in counts.items()}
    one = pick(OPTIONS, tried, rule=rule(), message_id=message_id)
    assert one.option in OPTIONS
    assert pick(OPTIONS, tried, rule=rule(), message_id=message_id) == one

"""What receipts change, whatever their order; and which words of a borrower end it."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Stop
from service.domain.collect.receipt import Event, Receipt, believed, outcome_of, stop_of

TOLD = [outcome for event in Event if (outcome := outcome_of(event)) is not None]


def reply(text: str) -> Receipt:
    return Receipt("r", "sms", Event.REPLY, datetime(2026, 11, 23, tzinfo=timezone.utc), message_id="o", text=text)


@given(st.lists(st.sampled_from(TOLD), min_size=1), st.randoms())
def test_receipts_in_any_order_and_however_often_come_to_the_same(told: list[Outcome], random: object) -> None:
    shuffled = told * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reduce(believed, told, Outcome.UNKNOWN) == reduce(believed, shuffled, Outcome.UNKNOWN)


@given(st.lists(st.sampled_from(TOLD), min_size=1))
def test_one_that_arrived_is_never_thought_lost(told: list[Outcome]) -> None:
    end = reduce(believed, told, Outcome.UNKNOWN)
    assert end is Outcome.NOT_DELIVERED or any(one is not Outcome.NOT_DELIVERED for one in told)
    if Outcome.CONNECTED in told:
        assert end is Outcome.CONNECTED


@pytest.mark.parametrize("text", ["T", "t", " T。", "TD", "Ｔ", "退订", "我要退订！", "别再给我发了", "不要再打", "N"])
def test_whoever_asks_for_an_end_gets_it(text: str) -> None:
    assert stop_of(reply(text)) is Stop.OPT_OUT


@pytest.mark.parametrize("text", ["发错人了", "你打错了", "我不是本人", "找错人了", "不认识这个人"])
def test_whoever_is_somebody_else_is_left_alone(text: str) -> None:
    assert stop_of(reply(text)) is Stop.WRONG_PERSON


@pytest.mark.parametrize("text", ["好的", "今天还", "Thanks", "金额不对", "我不是不还", "明天发工资就处理"])
def test_other_words_stop_nothing_by_themselves(text: str) -> None:
    assert stop_of(reply(text)) is None

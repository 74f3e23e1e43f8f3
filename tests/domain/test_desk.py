"""Who may hold a conversation, when people answer, and how much of a person is shown."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from service.domain.desk.handover import Owner, compose_brief, may_speak, may_take
from service.domain.desk.hours import hours_from
from service.domain.desk.mask import mask_name, mask_numbers, mask_phone
from service.domain.desk.pages import Page


def shanghai(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 23, hour - 8, minute, tzinfo=timezone.utc)


@pytest.mark.parametrize("owner", [Owner("bot"), Owner("waiting"), Owner("agent", "a1")])
def test_an_agent_may_take_what_no_other_agent_holds(owner: Owner) -> None:
    assert may_take(owner, agent_id="a1") is None


def test_what_another_agent_holds_is_refused_with_his_name() -> None:
    refused = may_take(Owner("agent", "a2"), agent_id="a1", holder_name="苏禾")
    assert refused is not None
    assert refused.code == "held_by_other"
    assert "苏禾" in refused.detail


@pytest.mark.parametrize(
    ("owner", "code"),
    [(Owner("bot"), "not_taken"), (Owner("waiting"), "not_taken"), (Owner("agent", "a2"), "held_by_other")],
)
def test_only_the_holder_speaks(owner: Owner, code: str) -> None:
    refused = may_speak(owner, agent_id="a1")
    assert refused is not None
    assert refused.code == code
    assert may_speak(Owner("agent", "a1"), agent_id="a1") is None


def test_a_brief_nobody_wrote_is_what_the_borrower_said() -> None:
    assert compose_brief(("我要查账单", "转人工")) == "客户最近说：我要查账单 ／ 转人工"
    assert "还没有" in compose_brief(())


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"), [(8, 29, False), (8, 30, True), (20, 29, True), (20, 30, False)]
)
def test_people_answer_from_the_first_minute_until_before_the_last(hour: int, minute: int, is_open: bool) -> None:
    hours = hours_from({"version": "t", "opens": "08:30", "closes": "20:30"})
    assert hours.is_open(shanghai(hour, minute)) is is_open
    assert str(hours) == "每天 08:30–20:30"


def test_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="before they begin"):
        hours_from({"version": "t", "opens": "20:30", "closes": "08:30"})


@pytest.mark.parametrize(
    ("name", "masked"), [("周谷雨", "周*雨"), ("张三", "张*"), ("欧阳小满", "欧**满"), ("王", "王"), ("", "")]
)
def test_names_keep_their_ends(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_phones_keep_seven_digits_and_short_ones_none() -> None:
    assert mask_phone("19900001234") == "199****1234"
    assert mask_phone("12345") == "*****"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卡号6222020000001234567扣款失败", "卡号6222********4567扣款失败"),
        ("身份证11010119900307002X", "身份证1101********002X"),
        ("打这个电话19900001234", "打这个电话19900001234"),
        ("先还5000元", "先还5000元"),
    ],
)
def test_card_and_identity_numbers_in_a_text_are_hidden(text: str, shown: str) -> None:
    assert mask_numbers(text) == shown


@pytest.mark.parametrize(("total", "last"), [(0, 1), (20, 1), (21, 2)])
def test_the_last_page_holds_the_rest(total: int, last: int) -> None:
    assert Page((), 1, 20, total).last == last

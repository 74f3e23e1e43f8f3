"""A day that answers a question is read by the question, and by the week or month that was said before."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.day_meant import bare_day, in_its_time, moved

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15", date(2026, 12, 15)),
        ("28吧", date(2026, 11, 28)),
        ("那就23", TODAY),
        ("十五", date(2026, 12, 15)),
        ("二十八", date(2026, 11, 28)),
        ("31", date(2026, 12, 31)),
    ],
)
def test_a_bare_number_is_the_next_day_of_that_number(text: str, day: date) -> None:
    assert bare_day(text, today=TODAY) == day


@pytest.mark.parametrize("text", ["0", "32", "300", "15块", "一百", "5号", "15 300", "对", ""])
def test_what_no_month_has_or_names_more_than_a_number_is_no_day(text: str) -> None:
    assert bare_day(text, today=TODAY) is None


@given(st.dates(date(2024, 1, 1), date(2033, 12, 31)), st.integers(1, 31))
def test_a_bare_day_is_never_past_and_never_more_than_two_months_off(today: date, number: int) -> None:
    day = bare_day(str(number), today=today)
    assert day is not None
    assert day.day == number
    assert 0 <= (day - today).days <= 61


@pytest.mark.parametrize(
    ("text", "said", "read", "meant"),
    [
        ("周三", "下周还300", date(2026, 11, 25), date(2026, 12, 2)),
        ("礼拜三吧", "下下礼拜还", date(2026, 11, 25), date(2026, 12, 9)),
        ("28号", "下个月还300", date(2026, 11, 28), date(2026, 12, 28)),
        ("5号", "下个月还300", date(2026, 12, 5), date(2026, 12, 5)),
        ("这周三", "下周还300", date(2026, 11, 25), date(2026, 11, 25)),
        ("11月28号", "下个月还300", date(2026, 11, 28), date(2026, 11, 28)),
        ("周三", "下周五还300", date(2026, 11, 25), date(2026, 11, 25)),
        ("周三", "过几天还300", date(2026, 11, 25), date(2026, 11, 25)),
        ("明天", "下周还300", date(2026, 11, 24), date(2026, 11, 24)),
    ],
)
def test_a_day_without_its_own_week_or_month_is_of_the_one_that_was_said(
    text: str, said: str, read: date, meant: date
) -> None:
    assert in_its_time(read, text=text, said=said, today=TODAY) == meant


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天肯定还不了 往后推两天", date(2026, 11, 27)),
        ("晚3天", date(2026, 11, 28)),
        ("推迟一周吧", date(2026, 12, 2)),
        ("提前一天", date(2026, 11, 24)),
    ],
)
def test_a_day_is_moved_by_so_many(text: str, day: date) -> None:
    assert moved(date(2026, 11, 25), text=text) == day


@pytest.mark.parametrize("text", ["晚点", "改到5号", "三天后", "提前三天内", "对"])
def test_what_names_no_such_move_moves_nothing(text: str) -> None:
    assert moved(date(2026, 11, 25), text=text) is None

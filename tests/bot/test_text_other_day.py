"""Two bare days of which the second is meant, and sums whose thousands are set apart by blanks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.promise import read

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text", ["28不行29吧", "二十八不行二十九吧", "28号不行29吧", "28不行29号吧", "28不行，那29行吗", "28不行改29"]
)
def test_the_day_that_is_asked_for_instead_is_a_day_and_no_sum(text: str) -> None:
    found = read(text, today=TODAY)
    assert (found.amount, found.day and found.day.day) == (None, date(2026, 11, 29))


@pytest.mark.parametrize(("text", "fen"), [("500不行400吧", 40_000), ("28不行29块吧", 2_900)])
def test_what_can_be_no_day_or_says_its_money_is_a_sum(text: str, fen: int) -> None:
    found = read(text, today=TODAY)
    assert found.amount is not None
    assert (found.amount.fen, found.day) == (fen, None)


@given(yuan=st.integers(min_value=1_000, max_value=9_999_999), unit=st.sampled_from(["元", " 元", "块", ""]))
def test_thousands_set_apart_by_blanks_are_the_same_sum(yuan: int, unit: str) -> None:
    found = read(f"还 {yuan:,}".replace(",", " ") + unit, today=TODAY)
    assert found.amount is not None
    assert found.amount.fen == yuan * 100


def test_a_telephone_number_in_groups_is_no_sum() -> None:
    assert read("手机 13 800 138 000", today=TODAY).amount is None

"""Sentences: which amount and which day count, and what a correction leaves."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.promise import read

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "fen", "due_on"),
    [
        ("下个月10号发工资先还两千", 200_000, "2026-12-10"),
        ("12月5号还1000", 100_000, "2026-12-05"),
        ("欠了8000，先还2000，周五给", 200_000, "2026-11-27"),
        ("提额到5万 月薪一万二", 5_000_000, None),
        ("我明天还五百剩下的月底", 50_000, "2026-11-24"),
        ("这个月還五百塊", 50_000, None),
        ("过几天还", None, None),
    ],
)
def test_an_offer_has_an_amount_and_a_day(text: str, fen: int | None, due_on: str | None) -> None:
    reading = read(text, today=TODAY)
    assert (reading.amount.fen if reading.amount else None) == fen
    assert (reading.day.day.isoformat() if reading.day and reading.day.day else None) == due_on


def test_a_day_that_hangs_on_something_is_vague() -> None:
    reading = read("等发工资再还", today=TODAY)
    assert reading.day is not None
    assert reading.day.vague


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_of_a_correction_only_the_new_amount_stays(wrong: int, right: int) -> None:
    for text in (f"不是{wrong}元是{right}元", f"是{right}元不是{wrong}元", f"{wrong}元说错了，是{right}元"):
        assert [a.fen for a in read(text, today=TODAY).amounts] == [right * 100]


def test_of_a_corrected_day_only_the_new_one_stays() -> None:
    assert [d.text for d in read("不是10号是20号", today=TODAY).dates] == ["20号"]


@given(st.integers(1, 99_999_99))
def test_an_amount_in_figures_is_never_read_as_a_day(fen: int) -> None:
    reading = read(f"{fen // 100}.{fen % 100:02d}", today=TODAY)
    assert reading.dates == ()
    assert reading.amount is not None
    assert reading.amount.fen == fen


@pytest.mark.parametrize("text", ["先还两百，剩下的10号还", "还200，其余的下个月再说"])
def test_the_day_of_the_rest_is_not_that_of_the_sum_before_it(text: str) -> None:
    reading = read(text, today=TODAY)
    assert [a.fen for a in reading.amounts] == [200_00]
    assert reading.dates == ()


@pytest.mark.parametrize(
    ("text", "due_on"), [("今天还三百，月底再还", date(2026, 11, 23)), ("今天没空，明天还五百", date(2026, 11, 24))]
)
def test_of_several_days_the_one_said_with_the_amount_counts(text: str, due_on: date) -> None:
    day = read(text, today=date(2026, 11, 23)).day
    assert day is not None
    assert day.day == due_on


def test_a_day_is_never_read_as_an_amount_too() -> None:
    reading = read("12月5号还", today=TODAY)
    assert reading.amounts == ()


@given(st.text(max_size=80))
def test_nothing_overlaps(text: str) -> None:
    reading = read(text, today=TODAY)
    spans = sorted((f.start, f.end) for f in (*reading.amounts, *reading.dates, *reading.words))
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("把本期的都还了", "bill"), ("不对，把这期的都还了", "bill"), ("本期全部还清", "bill"),
        ("全部结清", "all"), ("这个月想全部结清", "all"), ("欠的全部还清", "all"),
    ],
)  # fmt: skip
def test_all_of_this_bill_is_the_bill_and_not_all_that_is_owed(text: str, word: str) -> None:
    found = read(text, today=TODAY).word
    assert found is not None
    assert found.word == word

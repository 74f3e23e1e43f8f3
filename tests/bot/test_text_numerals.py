"""Amounts: what is said is what is read, and what is not money is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.normalize import normalize
from bot.text.numerals import find_amounts, find_words
from bot.text.spelt import chinese_to_int

DIGITS = "零一二三四五六七八九"


def spell(number: int) -> str:
    """The full Chinese numeral of 0 … 99,999,999, written independently of the reader."""
    if number == 0:
        return "零"
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        rest = ("零" if low < 1000 else "") + spell(low) if low else ""
        return spell(high) + "万" + rest
    said, gap = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            said += ("零" if gap and said else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return said


@given(st.integers(0, 99_999_999))
def test_every_numeral_is_read_as_the_number_it_spells(number: int) -> None:
    assert chinese_to_int(spell(number)) == number


@given(st.integers(1, 99_999_999))
def test_an_amount_in_chinese_characters_comes_back_in_fen(yuan: int) -> None:
    assert [a.fen for a in find_amounts(f"我还{spell(yuan)}元")] == [yuan * 100]


@given(st.integers(0, 10_000_000_00))
def test_an_amount_in_figures_comes_back_to_the_fen(fen: int) -> None:
    written = f"{fen // 100}.{fen % 100:02d}"
    assert [a.fen for a in find_amounts(f"还{written}元")] == [fen]
    assert [a.fen for a in find_amounts(f"还¥{fen // 100:,}.{fen % 100:02d}")] == [fen]


@given(st.integers(1, 9), st.sampled_from(["百", "千", "万"]), st.integers(1, 9))
def test_a_digit_after_a_unit_counts_in_the_next_lower_one(first: int, unit: str, last: int) -> None:
    size = {"百": 100, "千": 1000, "万": 10_000}[unit]
    expected = (first * size + last * size // 10) * 100
    assert [a.fen for a in find_amounts(f"先还{DIGITS[first]}{unit}{DIGITS[last]}")] == [expected]
    assert [a.fen for a in find_amounts(f"先还{first}{unit}{last}")] == [expected]


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_and_places_are_inside_the_text(text: str) -> None:
    plain = normalize(text)
    for found in (*find_amounts(plain.text), *find_words(plain.text)):
        assert plain.text[found.start : found.end] == found.text
        start, end = plain.span(found.start, found.end)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("三千五", 350_000),
        ("两千块零五毛", 200_050),
        ("1.2万", 1_200_000),
        ("1万2", 1_200_000),
        ("2w", 2_000_000),
        ("3k", 300_000),
        ("三块五", 350),
        ("三块五毛", 350),
        ("五毛", 50),
        ("我还5毛钱", 50),
        ("三毛五", 35),
        ("两角三分", 23),
        ("两分", 2),
        ("就两分钱吧", 2),
        ("十块零五分", 1_005),
        ("五百块钱", 50_000),
        ("一万零五", 1_000_500),
        ("100块5毛", 10_050),
        ("1，200元", 120_000),
        ("５００", 50_000),
        ("8百", 80_000),
        ("贰仟元整", 200_000),
        ("个三百五吧", 35_000),
        ("八十八块八毛八分钱", 88_88),
        ("每月五百", 500_00),
        ("一个月三百五", 350_00),
        ("每个月800行不行", 800_00),
    ],
)
def test_the_ways_borrowers_write_amounts(text: str, fen: int) -> None:
    assert [a.fen for a in find_amounts(normalize(text).text)] == [fen]


@pytest.mark.parametrize(
    "text",
    [
        "分12期",
        "三个月",
        "尾号1234",
        "13900001111",
        "6222020000000000000",
        "万一还不上",
        "千万别催",
        "第3期",
        "24小时",
        "百分之十",
        "0.05%",
        "一下",
        "过两天",
        "12点",
        "你好",
        "每月15",
        "12月500",
        "五月五百",
    ],
)
def test_what_is_not_money_is_no_amount(text: str) -> None:
    assert find_amounts(text) == ()


def test_an_inexact_amount_says_so() -> None:
    assert [a.about for a in find_amounts("还一千多吧")] == [True]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("全部还清", "all"),
        ("最低还款额", "minimum"),
        ("还一半", "half"),
        ("本期账单", "bill"),
        ("把逾期的还了", "minimum"),
        ("把账单全部还了", "bill"),
        ("这期都还了", "bill"),
    ],
)
def test_words_that_stand_for_an_amount(text: str, word: str) -> None:
    assert [w.word for w in find_words(text)] == [word]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("一块还了吧", None),
        ("和下期一块儿结", None),
        ("两笔一块结", None),
        ("还一块钱", 100),
        ("还一块", 100),
        ("我还一百二十一块给你", 12100),
        ("三百二十一块给你们转", 32100),
        ("五百零一块还清", 50100),
        ("二十一块都还", 2100),
    ],
)
def test_together_is_no_yuan(text: str, fen: int | None) -> None:
    assert next((one.fen for one in find_amounts(text)), None) == fen


def test_twice_the_least_is_another_sum() -> None:
    assert find_words("还两倍最低") == ()
    assert [one.word for one in find_words("还最低")] == ["minimum"]

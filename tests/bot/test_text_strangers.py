"""Sums and days as strangers type them: what is written two ways at once, what is rough, what takes itself back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.normalize import normalize
from bot.text.numerals import find_amounts
from bot.text.promise import promise_parts, read

TODAY = date(2026, 11, 23)


def said(text: str) -> tuple[int | None, date | None]:
    """The sum (yuan, rounded down) and the day that count."""
    found = read(text, today=TODAY)
    return found.amount.fen // 100 if found.amount else None, found.day.day if found.day else None


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1千200", 1200),
        ("两百5", 250),
        ("一千1百", 1100),
        ("2千零8", 2008),
        ("2千08", 2008),
        ("1万2千5", 12500),
        ("5佰", 500),
        ("5仟", 5000),
        ("廿五块", 25),
        ("卅块", 30),
        ("RMB500", 500),
        ("cny 500", 500),
        ("500元（伍佰元）", 500),
    ],
)
def test_a_sum_written_two_ways_at_once_is_that_sum(text: str, yuan: int) -> None:
    assert [(one.fen, one.about) for one in find_amounts(normalize(text).text)] == [(yuan * 100, False)]


@given(st.integers(1, 9), st.integers(1, 999))
def test_figures_after_a_thousand_are_added_to_it(thousands: int, rest: int) -> None:
    expected = thousands * 1000 + (rest * 100 if rest < 10 else rest)
    assert [one.fen for one in find_amounts(f"还{thousands}千{rest}")] == [expected * 100]


@pytest.mark.parametrize(
    ("text", "fen"), [("壹仟贰佰叁拾肆元伍角", 123_450), ("伍拾元零陆分", 5_006), ("1分钱", 1), ("三百块5毛", 30_050)]
)
def test_jiao_and_fen_are_read_in_capital_numerals_too(text: str, fen: int) -> None:
    assert [one.fen for one in find_amounts(text)] == [fen]


@pytest.mark.parametrize(
    "text",
    [
        "几百块", "几十块", "好几百", "百八十块", "百十块", "千把块", "上千", "一千出头", "小一千", "将近一千",
        "不到一千", "500多", "500+", "五百到八百", "500~800", "500或者600", "1,2000", "1000 200", "15，8", "100。5",
        "100点5", "五百五百", "三百四百都行", "5oo", "五00", "1e3", "百分之二十", "50美元", "$500", "最少300最多500",
        "除了500其它全还", "留200 其余全还",
    ],
)  # fmt: skip
def test_a_sum_that_is_rough_or_cannot_be_one_is_asked_for(text: str) -> None:
    assert said(f"先还{text}")[0] is None
    assert said(text)[0] is None


@pytest.mark.parametrize("text", ["500 500", "28 300", "300 400都行", "500，600都行"])
def test_two_numbers_side_by_side_are_no_sum_with_its_thousands_set_apart(text: str) -> None:
    assert said(text)[0] is None


@pytest.mark.parametrize("text", ["500元300元", "500元3期", "三百块5号还", "300元28号"])
def test_a_number_after_the_yuan_is_no_jiao_of_it(text: str) -> None:
    assert all(one.fen % 100 == 0 for one in find_amounts(text))


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("500 不 是 600", 600),
        ("不是500 是600", 600),
        ("还150吧 不 200", 200),
        ("还1500 哦不150", 150),
        ("300→400", 400),
        ("300换成400", 400),
        ("先还500不行300吧", 300),
        ("是500不是600", 500),
    ],
)
def test_a_sum_that_is_taken_back_is_not_the_one(text: str, yuan: int) -> None:
    assert said(text)[0] == yuan


@pytest.mark.parametrize(
    ("text", "yuan", "day"),
    [
        ("周五五百", 500, date(2026, 11, 27)),
        ("下周五五百", 500, date(2026, 12, 4)),
        ("300块5号还", 300, date(2026, 12, 5)),
        ("一千五号还", 1000, date(2026, 12, 5)),
        ("12月5三千", 3000, date(2026, 12, 5)),
        ("28还300", 300, date(2026, 11, 28)),
        ("二十还500", 500, date(2026, 12, 20)),
        ("12.3还300", 300, date(2026, 12, 3)),
        ("15或者16号还300", 300, date(2026, 12, 16)),
        ("下个月5、6号还300", 300, date(2026, 12, 6)),
        ("改成500 日期改成2号", 500, date(2026, 12, 2)),
        ("不 是11月30号还300", 300, date(2026, 11, 30)),
        ("我25号发工资，隔天还300", 300, date(2026, 11, 26)),
        ("下周今天还300", 300, date(2026, 11, 30)),
        ("下个月今天还300", 300, date(2026, 12, 23)),
        ("外后天还300", 300, date(2026, 11, 26)),
        ("大大后天还300", 300, date(2026, 11, 27)),
        ("半夜12点前还300", 300, TODAY),
        ("晚上8点还300", 300, TODAY),
        ("月尾还300", 300, date(2026, 11, 30)),
    ],
)
def test_a_sum_beside_its_day_is_read_and_so_is_the_day(text: str, yuan: int, day: date) -> None:
    assert said(text) == (yuan, day)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12月中旬还300", "12月中旬"),
        ("下个月头几天还300", "下个月头几天"),
        ("下周三四还300", "下周三四"),
        ("元宵节还300", "元宵节"),
        ("清明前还300", "清明前"),
        ("凌晨还300", "凌晨"),
        ("月底前三天还300", "月底前三天"),
    ],
)
def test_words_that_name_no_single_day_are_asked_about_whole(text: str, words: str) -> None:
    found = read(text, today=TODAY).day
    assert found is not None
    assert (found.day, found.text) == (None, words)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "先还200 明天再还200 后天还141.3",
            [(20_000, None), (20_000, date(2026, 11, 24)), (14_130, date(2026, 11, 25))],
        ),
        ("500明天还200后天还", [(50_000, date(2026, 11, 24)), (20_000, date(2026, 11, 25))]),
        ("一半今天 一半月底", [(None, TODAY), (None, date(2026, 11, 30))]),
        ("先还300 剩下下月5号", [(30_000, None), (None, date(2026, 12, 5))]),
        ("先还300剩下周五还", [(30_000, None), (None, date(2026, 11, 27))]),
        ("12月1号、12月8号各还100", [(10_000, date(2026, 12, 1)), (10_000, date(2026, 12, 8))]),
    ],
)
def test_parts_without_a_comma_between_them_are_those_that_were_said(
    text: str, parts: list[tuple[int | None, date | None]]
) -> None:
    assert [(one.amount_fen, one.due_on) for one in promise_parts(text, today=TODAY)] == parts


@pytest.mark.parametrize(
    ("text", "yuan", "day"),
    [
        ("我明天还不了500，后天还", 500, date(2026, 11, 25)),
        ("周五没钱还300，下周一还", 300, date(2026, 11, 30)),
        ("还五百 别还五千", 500, None),
    ],
)
def test_what_cannot_or_must_not_be_is_not_what_is_offered(text: str, yuan: int, day: date | None) -> None:
    assert said(text) == (yuan, day)


def test_a_day_before_a_second_sum_is_the_day_of_that_sum() -> None:
    first, second = promise_parts("先还2000 月底再还500", today=TODAY)
    assert (first.amount_fen, first.due_on) == (200_000, None)
    assert (second.amount_fen, second.due_on) == (50_000, date(2026, 11, 30))

"""Days: relative ones from today, impossible ones as such, vague ones as vague."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.dates import add_months, find_dates
from bot.text.normalize import normalize

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))


def days(text: str, *, today: date = MONDAY) -> list[str]:
    found = find_dates(text, today=today)
    return [d.day.isoformat() if d.day else "impossible" if d.impossible else "vague" for d in found]


@given(DAYS, DAYS)
def test_a_full_date_is_read_whatever_today_is(day: date, today: date) -> None:
    assert days(f"{day.year}年{day.month}月{day.day}日还", today=today) == [day.isoformat()]
    assert days(f"{day.isoformat()}还", today=today) == [day.isoformat()]


@given(DAYS, st.integers(1, 28))
def test_a_day_of_the_month_is_the_next_one_not_yet_past(today: date, number: int) -> None:
    found = find_dates(f"{number}号还", today=today)[0].day
    assert found is not None
    assert found.day == number
    assert today <= found < today + timedelta(days=32)


@given(DAYS, st.integers(0, 6))
def test_a_weekday_is_the_next_one_after_today(today: date, weekday: int) -> None:
    found = find_dates(f"周{'一二三四五六日'[weekday]}还", today=today)[0].day
    assert found is not None
    assert found.weekday() == weekday
    assert today < found <= today + timedelta(days=7)


@given(DAYS, st.integers(1, 60))
def test_so_many_days_ahead(today: date, count: int) -> None:
    assert days(f"{count}天后还", today=today) == [(today + timedelta(days=count)).isoformat()]


@given(DAYS, st.integers(0, 24))
def test_months_ahead_never_leave_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


@given(DAYS, DAYS)
def test_a_month_and_day_is_the_nearest_such_day(day: date, today: date) -> None:
    found = find_dates(f"{day.month}月{day.day}号还", today=today)[0]
    if (day.month, day.day) == (2, 29):
        assert found.impossible or found.day
        return
    assert found.day is not None
    assert (found.day.month, found.day.day) == (day.month, day.day)
    assert abs(found.day - today) <= timedelta(days=183)


@pytest.mark.parametrize(
    "text", ["2月30号", "2-30", "11月31号", "十一月三十一号", "下个月32号", "32号", "0号", "13月5号"]
)
def test_a_day_that_no_calendar_has_is_impossible_and_not_another(text: str) -> None:
    assert days(text) == ["impossible"]


@pytest.mark.parametrize(
    ("text", "expected"), [("11月20号", "2026-11-20"), ("20号", "2026-12-20"), ("本月20号", "2026-11-20")]
)
def test_a_month_and_day_just_passed_is_over_and_a_bare_day_is_next_months(text: str, expected: str) -> None:
    assert days(text) == [expected]


@given(st.text(max_size=60), DAYS)
def test_no_text_breaks_the_reader(text: str, today: date) -> None:
    plain = normalize(text)
    for found in find_dates(plain.text, today=today):
        assert plain.text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天", "2026-11-23"),
        ("明早还", "2026-11-24"),
        ("大后天", "2026-11-26"),
        ("周五", "2026-11-27"),
        ("周一", "2026-11-30"),
        ("下周五", "2026-12-04"),
        ("下下周二", "2026-12-08"),
        ("礼拜天", "2026-11-29"),
        ("周末", "2026-11-29"),
        ("月底前", "2026-11-30"),
        ("下个月底", "2026-12-31"),
        ("下个月10号", "2026-12-10"),
        ("下月五号", "2026-12-05"),
        ("10号", "2026-12-10"),
        ("二十五号", "2026-11-25"),
        ("12月5号", "2026-12-05"),
        ("1月3日", "2027-01-03"),
        ("12/10", "2026-12-10"),
        ("半个月后", "2026-12-08"),
        ("一周后", "2026-11-30"),
        ("三天内", "2026-11-26"),
        ("现在就还", "2026-11-23"),
        ("上周三", "2026-11-18"),
        ("明年1月15号", "2027-01-15"),
        ("年底", "2026-12-31"),
        ("晚上还", "2026-11-23"),
        ("明天晚上还", "2026-11-24"),
        ("29号下午转给你们", "2026-11-29"),
    ],
)
def test_the_ways_borrowers_name_days(text: str, expected: str) -> None:
    assert days(text) == [expected]


@pytest.mark.parametrize(
    "text", ["过几天", "过两天", "发工资", "发了工资以后", "下个月", "等有钱了", "尽快", "月初", "年后"]
)
def test_vague_days_are_vague(text: str) -> None:
    assert set(days(text)) == {"vague"}


@pytest.mark.parametrize("text", ["分12期", "24小时", "我要还款", "账号", "5号楼", "100号", "12月500元", "半天后"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert days(text) == []


def test_together_next_month_is_no_first_of_it() -> None:
    assert days("下个月一起还") == ["vague"]
    assert days("下个月一号还") == ["2026-12-01"]
    assert days("350月底还") == ["2026-11-30"]
    assert days("12月底还") == ["2026-12-31"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("从下个月十五起每月还500", ["2026-12-15"]),
        ("下个月十五直接还清", ["2026-12-15"]),
        ("下个月十五五百", ["2026-12-15"]),
        ("下个月二十起还", ["2026-12-20"]),
        ("下个月十一起还", ["2026-12-11"]),
        ("下个月十五次还清", ["vague"]),
        ("下个月一次还清", ["vague"]),
        ("下个月三十五号还", ["impossible"]),
        ("12月十五起还", ["2026-12-15"]),
        ("12月十五期还清", []),
        ("12月一起还", []),
    ],
)
def test_a_day_with_no_more_said_is_the_whole_numeral_and_no_part_of_it(text: str, expected: list[str]) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("先还五十月底还剩下的", "2026-11-30"),
        ("还一百一月底还剩下的", "2026-11-30"),
        ("十月底还", "2027-10-31"),
        ("十二月底还", "2026-12-31"),
    ],
)
def test_the_numeral_of_a_sum_is_no_month_that_ends(text: str, expected: str) -> None:
    assert days(text) == [expected]

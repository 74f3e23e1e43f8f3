"""PURE · which day an answer means, by what was asked and said: 15 is the 15th, 周三 after 下周 is next week's."""

from __future__ import annotations

import re
from datetime import date, timedelta

from actions.numerals import number

_AROUND = r"[那就吧呢啊呀嘛了,，。.!！\s]*"
# Nothing but a number, where a day is asked for.
BARE = re.compile(
    rf"{_AROUND}(\d{{1,2}}|[三二]?十[一二三四五六七八九]?|[一二三四五六七八九])(?:左右|可以|行|那天)?{_AROUND}"
)
# A weekday or a day of the month that names no week and no month of its own.
_OF_ANY_WEEK = re.compile(r"(?:^|[^下上这本个])(?:周|星期|礼拜)[一二三四五六日天1-7]")
_OF_ANY_MONTH = re.compile(r"(?:^|[^月\d/.\-])(?:\d{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[号日]")
_EARLIER = {"提前", "往前", "早"}
_MOVED = re.compile(
    r"(?P<how>推迟|推后|往后推|往后|延后|延迟|延期|顺延|推|延|拖|晚|缓|提前|往前|早)(?:推|移|个|上|到)?"
    r"(?P<n>\d{1,2}|两|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?P<unit>天|日|个?星期|个?礼拜|周)(?!之?[内后]|以[内后])"
)
# 下周 and 下个月初 without a day in it; what is said last counts.
_LATER = re.compile(
    r"(?P<which>下下|下)一?个?(?:(?P<week>周|星期|礼拜)(?![一二三四五六日天末\d])|(?P<month>月)(?!份?的?(?:\d|[一二三四五六七八九十]{1,3}[号日])))"
)


def bare_day(text: str, *, today: date) -> date | None:
    """The next day of that number, today included; None where the text is no number that a month has."""
    found = BARE.fullmatch(text)
    no = number(found[1]) if found else 0
    if not 1 <= no <= 31:
        return None
    for months in range(3):
        first = _first(today, months)
        if no <= _last(first).day and first.replace(day=no) >= today:
            return first.replace(day=no)
    return None


def weekday_of_that_week(text: str, *, said: str, today: date) -> date | None:
    """三 after 下周: the Wednesday of it; None where no week was said last, or the text is no weekday's number."""
    words, found = list(_LATER.finditer(said)), BARE.fullmatch(text)
    if not words or not words[-1]["week"] or not found:
        return None
    wanted = number(found[1])
    if not 1 <= wanted <= 7:
        return None
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(days=7 * (2 if words[-1]["which"] == "下下" else 1) + wanted - 1)


def in_that_week(day: date, *, text: str, promised: date, today: date) -> date:
    """改到周二 of a promise for a Monday is the Tuesday of that week, where it is not over."""
    if not _OF_ANY_WEEK.search(text):
        return day
    meant = promised - timedelta(days=promised.weekday()) + timedelta(days=day.weekday())
    return meant if meant >= today else day


def in_its_time(day: date, *, text: str, said: str, today: date) -> date:
    """The day of the week or month that was `said` before, where the text names none of its own."""
    words = list(_LATER.finditer(said))
    if not words:
        return day
    ahead = 2 if words[-1]["which"] == "下下" else 1
    if words[-1]["week"] and _OF_ANY_WEEK.search(text):
        monday = today - timedelta(days=today.weekday())
        return monday + timedelta(days=7 * ahead + day.weekday())
    if words[-1]["month"] and (_OF_ANY_MONTH.search(text) or BARE.fullmatch(text)):
        first = _first(today, ahead)
        return min(first.replace(day=min(day.day, _last(first).day)), _last(first))
    return day


def moved(day: date, *, text: str) -> date | None:
    """So many days or weeks after the day, or before it: 往后推两天, 提前一天; None where nothing is moved."""
    found = _MOVED.search(text)
    if found is None:
        return None
    days = number(found["n"]) * (1 if found["unit"] in "天日" else 7)
    return day + timedelta(days=-days if found["how"] in _EARLIER else days)


def _first(day: date, months: int) -> date:
    """Of the month so many after that of the day."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _last(first: date) -> date:
    return _first(first, 1) - timedelta(days=1)

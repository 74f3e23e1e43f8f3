"""Days that are said by a word of their own: 明天, 外后天, 今晚, 半夜12点前, and 隔天 after a day that was named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.text.ranges import FoundDate

_AHEAD = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨晚": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "今晚": 0,
    "今儿": 0,
    "今夜": 0,
    "明天": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "明儿": 1,
    "后天": 2,
    "后日": 2,
    "后儿": 2,
    "后晚": 2,
    "大后天": 3,
    "大后日": 3,
    "外后天": 3,
    "外后日": 3,
    "大大后天": 4,
}
# The longer first, that 外后天 is not 后天; 前天 is none of 节前天天.
DAY_WORDS = re.compile("|".join(sorted(_AHEAD, key=len, reverse=True)))
_CLOCK = r"(?:\d{1,2}|[零一二两三四五六七八九十]{1,3})点(?:半|钟)?"
# At once, where it is said of paying: 现在就还, not 现在没钱; and an hour of today before which it is paid.
AT_ONCE = (
    rf"(?:现在|马上|立刻|立马|等会儿?|待会儿?|一会儿?|(?:下午|中午|晚上|夜里|半夜)(?:{_CLOCK})?|(?:半夜|晚上|夜里){_CLOCK}(?:之前|以前|前))"
    r"(?:就|去|来|再|给你们?|我)*(?:还(?![没不是有在能可想行来算])|转|付|打钱|存)"
)
HOUR = re.compile("等会|待会|一会|下午|中午|晚上|夜里|半夜")
_NEXT_DAY = re.compile("隔天|第二天|次日|转天|转过天|后一天")


def days_ahead(word: str) -> int:
    """0 is today."""
    return _AHEAD[word]


def one_week_on(text: str, found: Iterable[FoundDate]) -> list[FoundDate]:
    """下周一还三百，再下周一: the second is a week after the first, where it would be the same day."""
    days: list[FoundDate] = []
    for one in sorted(found, key=lambda one: one.start):
        again = one.text.startswith("下") and text[: one.start].endswith("再")
        if again and one.day and any(other.day == one.day for other in days):
            one = replace(one, day=one.day + timedelta(days=7))
        days.append(one)
    return days


def the_day_after(text: str, found: Iterable[FoundDate]) -> list[FoundDate]:
    """25号发工资，隔天还: the 26th. Of the days before such a word the last is the one it follows."""
    days = sorted(found, key=lambda one: one.start)
    for word in _NEXT_DAY.finditer(text):
        before = [at for at, one in enumerate(days) if one.day and one.end <= word.start()]
        if before and (day := days[before[-1]].day):
            said = word.group()
            days[before[-1]] = replace(
                days[before[-1]], day=day + timedelta(days=1), start=word.start(), end=word.end(), text=said
            )
    return sorted(days, key=lambda one: one.start)

"""A day that was found, and what the words beside it make of it: 月底前 → by then, 3号到5号 → from then to then."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.text.holidays import NAMES


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A day at text[start:end]; `day` is None where the words name no day (`vague`), or one that no calendar has
    (`impossible`). Of a range (`by`: 月底前, 3号到5号) it is the last, and `first` the first where that is named."""

    day: date | None
    start: int
    end: int
    text: str
    impossible: bool = False
    by: bool = False
    first: date | None = None

    @property
    def vague(self) -> bool:
        return self.day is None and not self.impossible


_TO = re.compile(r"到|至|~|-|-+")
# 15或者16号 is a range, too: by the later of the two. 1号、8号 are two days.
_FROM = re.compile(
    r"(?:[下这本]个?月的?)?(?<![\d百千万])(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})(?:[号日]?[到至~\-]|、|或者?|还是)$"
)
_BEFORE = re.compile(r"(?:那天)?(?:之前|以前|前(?![天面后往期段几]))")
# No day to hold anybody to: any day after it would do.
_AFTER = re.compile(r"(?:之后|以后|过后|后(?![天面续期来半]))")
_WITHIN = re.compile(r"[之以]?内")
_WEEKEND = re.compile(r"(?:周|星期|礼拜)末")
_HOLIDAY = re.compile(rf"(?:今年|明年)?(?:{'|'.join(NAMES)})节?(?:那天|当天)?")
Reread = Callable[[str, date], FoundDate | None]


def with_ranges(text: str, found: Sequence[FoundDate], *, today: date, reread: Reread) -> tuple[FoundDate, ...]:
    """The days found, those that bound a range as that range; `reread` reads a day's words as said on another day."""
    result: list[FoundDate] = []
    for one in found:
        if one.day is None:
            result.append(one)
            continue
        day = _with_what_follows(text, one)
        before = result[-1] if result else None
        if before and before.day and day.day and _TO.fullmatch(text[before.end : day.start]):
            result[-1] = _joined(text, before, day, reread=reread)
        elif day.day and (start := _FROM.search(text[: day.start])) and day.text[0] not in "大后明今昨前上下":
            day = _from(text, start, day, today=today, reread=reread)
            result = [other for other in result if other.end <= day.start] + [day]
        else:
            result.append(day)
    return tuple(result)


def _with_what_follows(text: str, one: FoundDate) -> FoundDate:
    assert one.day is not None
    if after := _AFTER.match(text, one.end):
        return replace(one, day=None, end=after.end(), text=text[one.start : after.end()])
    if before := _BEFORE.match(text, one.end):
        day = one.day - timedelta(days=1) if _HOLIDAY.fullmatch(one.text) else one.day
        return replace(one, day=day, by=True, end=before.end(), text=text[one.start : before.end()])
    if within := _WITHIN.match(text, one.end):
        return replace(one, by=True, end=within.end(), text=text[one.start : within.end()])
    if _WEEKEND.search(one.text):
        return replace(one, by=True, first=one.day - timedelta(days=1))
    return replace(one, by=True) if one.text[-1] in "前内" else one


def _joined(text: str, first: FoundDate, last: FoundDate, *, reread: Reread) -> FoundDate:
    """From the first to the last, which is read as said on the first where it would else come before it."""
    assert first.day is not None
    assert last.day is not None
    if last.day < first.day and (later := reread(last.text, first.day)) and later.day:
        last = replace(last, day=later.day)
    joined = text[first.start : last.end]
    return FoundDate(last.day, first.start, last.end, joined, by=True, first=first.first or first.day)


def _from(text: str, start: re.Match[str], last: FoundDate, *, today: date, reread: Reread) -> FoundDate:
    """3到5号, whose first number names no day by itself; the month is the one said before it."""
    assert last.day is not None
    month = start.group()[: start.start("d") - start.start()]
    there = reread(month + last.text, today) if month else None
    found = reread(f"{start['d']}号", (there.day if there and there.day else last.day).replace(day=1))
    day = there.day if there and there.day else last.day
    first = found.day if found and found.day and found.day <= day else None
    return FoundDate(day, start.start(), last.end, text[start.start() : last.end], by=True, first=first)

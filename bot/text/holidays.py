"""When a holiday begins: 国庆 → 1 October, 春节 → the first day of the lunar year, as far as the table goes."""

from __future__ import annotations

from datetime import date

_FIXED = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "国庆": (10, 1), "十一": (10, 1), "圣诞": (12, 25)}
_FIXED |= {"双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12), "双12": (12, 12)}
# First days by the lunar calendar, which no arithmetic of ours finds.
_LUNAR_NEW_YEAR = (
    "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 "
    "2034-02-19 2035-02-08"
)
_DRAGON_BOAT = "2024-06-10 2025-05-31 2026-06-19 2027-06-09 2028-05-28 2029-06-16 2030-06-05"
_MID_AUTUMN = "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 2029-09-22 2030-09-12"


def _days(listed: str) -> dict[int, date]:
    return {day.year: day for day in map(date.fromisoformat, listed.split())}


_LUNAR = {
    "春节": _days(_LUNAR_NEW_YEAR),
    "大年初一": _days(_LUNAR_NEW_YEAR),
    "端午": _days(_DRAGON_BOAT),
    "中秋": _days(_MID_AUTUMN),
}
NAMES = (*_FIXED, *_LUNAR)


def holiday(name: str, *, year: int) -> date:
    """Its first day in that year; ValueError where the table does not reach."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if (day := _LUNAR[name].get(year)) is None:
        raise ValueError(year)
    return day


def next_holiday(name: str, *, today: date) -> date:
    """The first one that is not over."""
    this_year = holiday(name, year=today.year)
    return this_year if this_year >= today else holiday(name, year=today.year + 1)

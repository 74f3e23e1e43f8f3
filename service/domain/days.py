"""Which business date an instant belongs to, and what days count from where.

Chinese business runs on Asia/Shanghai, which is UTC+8 without summer time, so a fixed offset says all of it.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def business_date(instant: datetime) -> date:
    """The Asia/Shanghai calendar date of an aware instant. Raises ValueError for a naive one."""
    return local_time(instant).date()


def local_time(instant: datetime) -> datetime:
    """The instant on a Shanghai clock. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no business date")
    return instant.astimezone(SHANGHAI)


@lru_cache(4096)  # asked about the same few days by everything that is due
def month_later(anchor: date, months: int, day: int) -> date:
    """The date `months` months after `anchor`'s month on `day`, clamped to the month's end (31 → 28/29/30)."""
    index = anchor.year * 12 + (anchor.month - 1) + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))

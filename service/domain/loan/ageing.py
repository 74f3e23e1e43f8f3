"""How late a loan is: days past due, its bucket, and the asset class it cannot be better than.

Buckets are the industry's M0…M6+. The class floors follow 商业银行金融资产风险分类办法 (in force 2023-07-01); without
the leniency for technical delays of a few days, which is a person's judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# (last day past due of the bucket, its name); later is M6+
BUCKETS = ((0, "M0"), (30, "M1"), (60, "M2"), (90, "M3"), (120, "M4"), (150, "M5"), (180, "M6"))
BEYOND_BUCKETS = "M6+"

FIVE_CLASSES = ((0, "正常"), (90, "关注"), (270, "次级"), (360, "可疑"))
BEYOND_CLASSES = "损失"

ACCRUING_UNTIL = 90  # days past due; later, or once written off, interest is income only when it is paid


@dataclass(frozen=True, slots=True)
class Pause:
    """Days, both ends included (`ends_on` None: until further notice), that do not count as days past due where
    `stops_days`, and bear no penalty interest where `stops_penalty`. `reason` is for people."""

    id: str
    starts_on: date
    ends_on: date | None
    reason: str
    stops_days: bool = True
    stops_penalty: bool = False


def days_past_due(*, oldest_unpaid_due: date | None, as_of: date, pauses: Iterable[Pause] = ()) -> int:
    """Days since the oldest due date that is not fully paid, without those that are paused; 0 on the due date,
    before it, or where there is none."""
    if oldest_unpaid_due is None or as_of <= oldest_unpaid_due:
        return 0
    stopped = [one for one in pauses if one.stops_days]
    return (as_of - oldest_unpaid_due).days - paused_days(stopped, after=oldest_unpaid_due, until=as_of)


def paused_days(pauses: Collection[Pause], *, after: date, until: date) -> int:
    """How many days later than `after` and not later than `until` lie in any of the pauses."""
    if not pauses:
        return 0
    spans = sorted((max(one.starts_on, after + timedelta(days=1)), min(one.ends_on or until, until)) for one in pauses)
    count, counted = 0, after
    for first, last in spans:
        first = max(first, counted + timedelta(days=1))
        if first <= last:
            count += (last - first).days + 1
            counted = last
    return count


def bucket(days: int) -> str:
    """The ageing bucket for `days` past due: M0, M1 (1–30) … M6 (151–180), M6+."""
    for last, name in BUCKETS:
        if days <= last:
            return name
    return BEYOND_BUCKETS


def asset_class_floor(days: int, *, written_off: bool = False) -> str:
    """五级分类: the best class that a loan may have when `days` past due; what is written off is lost."""
    if written_off:
        return BEYOND_CLASSES
    return next((name for last, name in FIVE_CLASSES if days <= last), BEYOND_CLASSES)

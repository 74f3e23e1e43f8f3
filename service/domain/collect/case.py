"""What a check of the gate looks at: the draft, whom it is for, what happened, when, and the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from service.domain.collect.holidays import Holidays
from service.domain.collect.outreach import Contact, Draft, History, Purpose, Violation
from service.domain.collect.rules import Channel, Rules
from service.domain.days import business_date

OURS = "[P] 机构内部政策"
AGREED = "[S] GB/T 45251-2025：双方约定时段的，从其约定"


@dataclass(frozen=True, slots=True)
class Case:
    """`rules` are those in force on the day of `now`, `channel` what they say of the draft's."""

    draft: Draft
    contact: Contact
    history: History
    now: datetime
    rules: Rules
    holidays: Holidays
    institution: str
    assistant: str
    person: str
    channel: Channel | None

    @property
    def asks_for_money(self) -> bool:
        """To answer the debtor, or somebody who offered to pay, asks for nothing."""
        return self.draft.purpose not in {Purpose.SERVE, Purpose.PAY}


Check = Callable[[Case], Violation | None]


@dataclass(frozen=True, slots=True)
class Window:
    """[opens, closes) on the debtor's own clock, and how long what begins in it may last."""

    opens: time
    closes: time
    lasts: timedelta
    source: str

    def last_start(self, at: datetime) -> datetime:
        """The instant from which on nothing may begin that day; `at` is on the debtor's clock."""
        return datetime.combine(at.date(), self.closes, at.tzinfo) - self.lasts


def windows(channel: str, contact: Contact, rules: Rules) -> Iterator[Window]:
    """All must hold. Agreed hours stand alone, in place of all others, wider or narrower."""
    described = rules.channel(channel)
    lasts = described.lasts if described else timedelta(0)
    if contact.agreed_hours is not None:
        yield Window(*contact.agreed_hours, lasts, AGREED)
        return
    for one in rules.hours:
        if channel in one.channels:
            yield Window(one.opens, one.closes, lasts, str(one.origin))


def first_opening(now: datetime, *, channel: str, contact: Contact, rules: Rules) -> datetime:
    """The first instant of the hours of the debtor's day, or `now` where they have begun."""
    here = now.astimezone(contact.zone)
    opens = max((one.opens for one in windows(channel, contact, rules)), default=time.min)
    opening = datetime.combine(here.date(), opens, here.tzinfo)
    if business_date(opening) != business_date(now):  # his day is not ours
        return now
    return max(now, opening)

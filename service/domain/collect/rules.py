"""The rules of the gate as values, and which of them hold on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from service.domain.collect.outreach import By, Counter, Kind, Medium, Stop, Surface
from service.domain.collect.wording import Wording
from service.domain.rows import Origin

DAYS_KEPT = 8


class Number(StrEnum):
    """Rules that are one number."""

    APPROVALS = "approvals"  # people besides the caller who allow a contact with a third party
    APPROVAL_DAYS = "approval_days"  # for so long
    AFTER_PAYMENT_MINUTES = "after_payment_minutes"
    LIMITATION_YEARS = "limitation_years"
    AGENCY_REPORT_DAYS = "agency_report_days"  # an agency tells of an attempt at most so much later
    WECHAT_CODE_MINUTES = "wechat_code_minutes"  # how long a code binds a WeChat account
    WECHAT_CODES = "wechat_codes"  # a borrower is given in 24 hours
    WECHAT_CODE_TRIES = "wechat_code_tries"  # wrong ones from one WeChat account in 24 hours


@dataclass(frozen=True, slots=True)
class Channel:
    """What kind of channel it is and who may read what goes over it. `by`: who may use it for outreach. `point`: what
    it goes to, "" where that is the app. `lasts`: the longest a call takes. `reports`: what became of it is told later.
    `reply_window`: how long after the borrower wrote one may write. `per_consent`: each message needs a consent of its
    own. `fields`, `field_length`: how many lines of a text the platform's template takes, and their longest; 0: any."""

    origin: Origin
    medium: Medium
    surface: Surface
    by: frozenset[By]
    point: str
    lasts: timedelta
    reports: bool
    reply_window: timedelta | None
    per_consent: bool = False
    fields: int = 0
    field_length: int = 0

    def takes(self, text: str) -> bool:
        """Whether the text has the form that the platform's template needs."""
        lines = text.split("\n")
        return not self.fields or (
            len(lines) == self.fields and all(0 < len(one) <= self.field_length for one in lines)
        )


@dataclass(frozen=True, slots=True)
class NumberRule:
    origin: Origin
    value: int


@dataclass(frozen=True, slots=True)
class Hours:
    """[opens, closes) on the debtor's own clock."""

    origin: Origin
    opens: time
    closes: time
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Days on which nothing is asked."""

    origin: Origin
    sundays: bool
    holidays: frozenset[str]
    kinds: frozenset[Kind]
    channels: frozenset[str]
    tiers: frozenset[str]  # none: all


@dataclass(frozen=True, slots=True)
class Cap:
    """The most of what `counter` counts that may have been reached after one more."""

    origin: Origin
    counter: Counter
    at_most: int
    media: frozenset[Medium]
    kinds: frozenset[Kind]
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class PromiseRule:
    """How far ahead and in how many parts may be promised; `grace_days`: how long after its day money still counts;
    `max_renegotiations`: how often, within `count_days`, another promise may follow one that was not kept or put off;
    `remind_days`, `remind_at`: when the one reminder before the day of a part goes out, and by which template on which
    channel."""

    origin: Origin
    max_days: int
    max_parts: int
    grace_days: int
    max_renegotiations: int
    count_days: int
    remind_days: int
    remind_at: time
    remind_channel: str
    remind_template: str
    remind_offer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopRule:
    origin: Origin
    reason: Stop
    label: str
    serve: bool  # an agent may still answer what the debtor asked
    person: bool  # somebody looks after it: it opens a case in the people's queue
    grave: bool  # who ends it needs a second person's approval


class Ruled(Protocol):
    @property
    def origin(self) -> Origin: ...


Rule = TypeVar("Rule", bound=Ruled)


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule of the table; `on(day)` keeps those in force."""

    version: str
    channels: tuple[Channel, ...]
    hours: tuple[Hours, ...]
    quiet: tuple[Quiet, ...]
    caps: tuple[Cap, ...]
    promises: tuple[PromiseRule, ...]
    stops: tuple[StopRule, ...]
    numbers: tuple[NumberRule, ...]
    wording: tuple[Wording, ...]
    # What holds on a day is asked for every message of it; a few days are kept, and forgotten all at once.
    _on: dict[date, Rules] = field(default_factory=dict, init=False, repr=False, compare=False)

    def on(self, day: date) -> Rules:
        """The rules in force on that day."""
        found = self._on.get(day)
        if found is None:
            if len(self._on) >= DAYS_KEPT:
                self._on.clear()
            found = self._on[day] = self._in_force_on(day)
        return found

    def _in_force_on(self, day: date) -> Rules:
        return Rules(
            self.version,
            _in_force(self.channels, day),
            _in_force(self.hours, day),
            _in_force(self.quiet, day),
            _in_force(self.caps, day),
            _in_force(self.promises, day),
            _in_force(self.stops, day),
            _in_force(self.numbers, day),
            _in_force(self.wording, day),
        )

    def channel(self, name: str) -> Channel | None:
        return next((one for one in self.channels if one.origin.id == name), None)

    def stop(self, reason: Stop) -> StopRule | None:
        return next((one for one in self.stops if one.reason is reason), None)

    def number(self, which: Number) -> NumberRule | None:
        return next((one for one in self.numbers if one.origin.id == which), None)


def _in_force(rows: Iterable[Rule], day: date) -> tuple[Rule, ...]:
    return tuple(one for one in rows if one.origin.holds_on(day))

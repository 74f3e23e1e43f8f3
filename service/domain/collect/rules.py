"""The rules of the gate as values, read from compliance.toml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from service.domain.collect.outreach import By, Counter, Kind, Medium, Stop, Surface
from service.domain.collect.wording import Wording, wording_of
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "compliance"
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


def parse_rules(table: Mapping[str, Any]) -> Rules:
    """Raises PolicyError naming the row and the column."""
    for kind in table:
        if kind not in {"version", "channel", "hours", "quiet", "cap", "promise", "stop", "number", "wording"}:
            raise PolicyError(f"{NAME}.toml: {kind}: there is no such kind of row")
    channels = tuple(_channel(row) for row in rows_in(table, "channel", name=NAME))
    names = frozenset(one.origin.id for one in channels)
    rules = Rules(
        version=version_of(table, name=NAME),
        channels=channels,
        hours=tuple(_hours(row, names) for row in rows_in(table, "hours", name=NAME)),
        quiet=tuple(_quiet(row, names) for row in rows_in(table, "quiet", name=NAME)),
        caps=tuple(_cap(row, names) for row in rows_in(table, "cap", name=NAME)),
        promises=tuple(_promise(row, names) for row in rows_in(table, "promise", name=NAME)),
        stops=tuple(_stop(row) for row in rows_in(table, "stop", name=NAME)),
        numbers=tuple(_number(row) for row in rows_in(table, "number", name=NAME)),
        wording=tuple(wording_of(row) for row in rows_in(table, "wording", name=NAME)),
    )
    if missing := set(Stop) - {one.reason for one in rules.stops}:
        raise PolicyError(f"{NAME}.toml: stop: {sorted(missing)[0]}: has no row")
    if absent := set(Number) - {one.origin.id for one in rules.numbers}:
        raise PolicyError(f"{NAME}.toml: number: {sorted(absent)[0]}: has no row")
    for name in sorted(names):
        if not any(name in one.channels for one in rules.hours):
            raise PolicyError(f"{NAME}.toml: hours: {name}: no row covers this channel")
    return rules


def _in_force(rows: Iterable[Rule], day: date) -> tuple[Rule, ...]:
    return tuple(one for one in rows if one.origin.holds_on(day))


def _channels(row: Row, names: frozenset[str]) -> frozenset[str]:
    chosen = frozenset(row.texts("channels", tuple(sorted(names))))
    if unknown := chosen - names:
        raise row.wrong("channels", f"{sorted(unknown)[0]} has no channel row")
    return chosen


def _channel(row: Row) -> Channel:
    platform = ("reply_window_hours", "per_consent", "fields", "field_length")
    row.only(*ORIGIN, "medium", "surface", "by", "point", "lasts_minutes", "reports", *platform)
    window = row.whole("reply_window_hours", at_least=1) if "reply_window_hours" in row.values else None
    per_consent = row.flag("per_consent", default=False)
    if (window is not None or per_consent) and not row.text("point", ""):
        raise row.wrong("point", "a reply window or a consent is that of an account, so the channel needs a point")
    fields = row.whole("fields", at_least=1) if "fields" in row.values else 0
    return Channel(
        row.origin(),
        row.one_of(Medium, "medium"),
        row.one_of(Surface, "surface"),
        by=row.many_of(By, "by"),
        point=row.text("point", ""),
        lasts=timedelta(minutes=row.whole("lasts_minutes", at_least=1) if "lasts_minutes" in row.values else 0),
        reports=row.flag("reports", default=False),
        reply_window=None if window is None else timedelta(hours=window),
        per_consent=per_consent,
        fields=fields,
        field_length=row.whole("field_length", at_least=1) if fields else 0,
    )


def _hours(row: Row, names: frozenset[str]) -> Hours:
    row.only(*ORIGIN, "opens", "closes", "channels")
    hours = Hours(row.origin(), row.clock("opens"), row.clock("closes"), _channels(row, names))
    if hours.opens >= hours.closes:
        raise row.wrong("closes", "is not later than opens")
    return hours


def _quiet(row: Row, names: frozenset[str]) -> Quiet:
    row.only(*ORIGIN, "sundays", "holidays", "kinds", "channels", "tiers")
    return Quiet(
        row.origin(),
        row.flag("sundays", default=False),
        frozenset(row.texts("holidays", ())),
        row.many_of(Kind, "kinds"),
        _channels(row, names),
        frozenset(row.texts("tiers", ())),
    )


def _cap(row: Row, names: frozenset[str]) -> Cap:
    row.only(*ORIGIN, "counter", "at_most", "media", "kinds", "channels")
    return Cap(
        row.origin(),
        row.one_of(Counter, "counter"),
        row.whole("at_most", at_least=0),
        row.many_of(Medium, "media"),
        row.many_of(Kind, "kinds"),
        _channels(row, names),
    )


def _promise(row: Row, names: frozenset[str]) -> PromiseRule:
    reminding = ("remind_days", "remind_at", "remind_channel", "remind_template", "remind_offer")
    row.only(
        *ORIGIN, "max_days", "max_parts", "grace_days", "max_renegotiations", "count_days", *reminding
    )  # fmt: skip
    channel = row.text("remind_channel")
    if channel not in names:
        raise row.wrong("remind_channel", f"{channel} has no channel row")
    return PromiseRule(
        row.origin(),
        max_days=row.whole("max_days", at_least=1),
        max_parts=row.whole("max_parts", at_least=1),
        grace_days=row.whole("grace_days", at_least=0),
        max_renegotiations=row.whole("max_renegotiations", at_least=0),
        count_days=row.whole("count_days", at_least=1),
        remind_days=row.whole("remind_days", at_least=1),
        remind_at=row.clock("remind_at"),
        remind_channel=channel,
        remind_template=row.text("remind_template"),
        remind_offer=row.texts("remind_offer", ()),
    )


def _stop(row: Row) -> StopRule:
    row.only(*ORIGIN, "label", "serve", "person", "grave")
    return StopRule(
        row.origin(),
        row.one_of(Stop, "id"),
        row.text("label"),
        serve=row.flag("serve", default=True),
        person=row.flag("person", default=False),
        grave=row.flag("grave", default=False),
    )


def _number(row: Row) -> NumberRule:
    row.only(*ORIGIN, "value")
    row.one_of(Number, "id")
    return NumberRule(row.origin(), row.whole("value", at_least=1))

"""In which order people work and what they may say became of a case, read from queue.toml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from service.domain.collect.contact import Outcome
from service.domain.collect.facts import Conditions, DebtorFacts, parse_conditions
from service.domain.collect.outreach import Stop
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "queue"


class Source(StrEnum):
    """Why a case came into the queue."""

    PERSON = "person"  # a step of the strategy
    LEGAL_REVIEW = "legal_review"  # a step of the strategy
    UNKNOWN = "unknown"  # nobody knows whether a message went out
    STOP = "stop"
    PROMISES = "promises"  # too many were broken
    HANDOVER = "handover"  # the debtor asked for a person


class Next(StrEnum):
    """What becomes of a case after a disposition."""

    CLOSED = "closed"
    WAITING = "waiting"  # until a day
    OPEN = "open"  # at once, for a colleague


class QueueNumber(StrEnum):
    LEASE_MINUTES = "lease_minutes"
    SKIP_HOURS = "skip_hours"
    BROKEN_PROMISES = "broken_promises"
    OPENS_HOUR = "opens_hour"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the urgency of a case is computed from. `stops` are those that hold; `profile` is the strategy's."""

    facts: DebtorFacts
    sources: frozenset[Source]
    stops: frozenset[Stop]
    profile: str


@dataclass(frozen=True, slots=True)
class Points:
    """So many, where all that it names holds; of a list, any one is enough."""

    origin: Origin
    label: str
    points: int
    when: Conditions | None
    sources: frozenset[Source]
    stops: frozenset[Stop]
    products: frozenset[str]
    profiles: frozenset[str]

    def hold(self, of: Weighed) -> bool:
        wanted: tuple[tuple[frozenset[Any], frozenset[Any]], ...] = (
            (self.sources, of.sources),
            (self.stops, of.stops),
            (self.products, of.facts.products),
            (self.profiles, frozenset({of.profile})),
        )
        if any(named and not named & there for named, there in wanted):
            return False
        return self.when is None or self.when.hold(of.facts)


@dataclass(frozen=True, slots=True)
class Level:
    """`sla`: so soon somebody must look at it."""

    origin: Origin
    label: str
    at_least: int
    sla: timedelta


@dataclass(frozen=True, slots=True)
class Disposition:
    """What an agent says became of a case. `days`: when it comes back unless he names a day, at most `days_at_most`.
    `outcome`: what became of the messages nobody knew of. `not_overdue`: only where the ledger has nothing overdue."""

    origin: Origin
    label: str
    next: Next
    days: int
    days_at_most: int
    stop: Stop | None
    promise: bool
    outcome: Outcome | None
    not_overdue: bool


@dataclass(frozen=True, slots=True)
class QueueNumberRule:
    origin: Origin
    value: int


@dataclass(frozen=True, slots=True)
class Priority:
    """`why`: the rows that hold, as {id, label, points}."""

    points: int
    level: Level
    why: tuple[Mapping[str, Any], ...]


class Ruled(Protocol):
    @property
    def origin(self) -> Origin: ...


Rule = TypeVar("Rule", bound=Ruled)


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Every row of the table; what asks names the day."""

    version: str
    numbers: tuple[QueueNumberRule, ...]
    points: tuple[Points, ...]
    levels: tuple[Level, ...]
    all_dispositions: tuple[Disposition, ...]

    def priority(self, of: Weighed, on: date) -> Priority:
        held = [one for one in _in_force(self.points, on) if one.hold(of)]
        total = sum(one.points for one in held)
        level = next(one for one in _in_force(self.levels, on) if total >= one.at_least)
        why = tuple({"id": one.origin.id, "label": one.label, "points": one.points} for one in held)
        return Priority(total, level, why)

    def dispositions(self, on: date) -> tuple[Disposition, ...]:
        return _in_force(self.all_dispositions, on)

    def disposition(self, code: str, on: date) -> Disposition | None:
        return next((one for one in self.dispositions(on) if one.origin.id == code), None)

    def number(self, which: QueueNumber) -> int:
        return next(one.value for one in self.numbers if one.origin.id == which)

    @property
    def lease(self) -> timedelta:
        return timedelta(minutes=self.number(QueueNumber.LEASE_MINUTES))

    @property
    def skip(self) -> timedelta:
        return timedelta(hours=self.number(QueueNumber.SKIP_HOURS))


def _in_force(rows: Iterable[Rule], day: date) -> tuple[Rule, ...]:
    return tuple(one for one in rows if one.origin.holds_on(day))


def parse_queue(table: Mapping[str, Any], *, profiles: frozenset[str]) -> QueuePolicy:
    """Raises PolicyError naming the row and the column: unknown names, levels out of order or without a last one."""
    for kind in table:
        if kind not in {"version", "number", "points", "level", "disposition"}:
            raise PolicyError(f"{NAME}.toml: {kind}: there is no such kind of row")
    levels = list(rows_in(table, "level", name=NAME))
    found = QueuePolicy(
        version=version_of(table, name=NAME),
        numbers=tuple(_number(row) for row in rows_in(table, "number", name=NAME)),
        points=tuple(_points(row, profiles) for row in rows_in(table, "points", name=NAME)),
        levels=tuple(_level(row) for row in levels),
        all_dispositions=tuple(_disposition(row) for row in rows_in(table, "disposition", name=NAME)),
    )
    if absent := set(QueueNumber) - {one.origin.id for one in found.numbers}:
        raise PolicyError(f"{NAME}.toml: number: {sorted(absent)[0]}: has no row")
    for row, above, below in zip(levels[1:], found.levels, found.levels[1:], strict=False):
        if below.at_least >= above.at_least:
            raise row.wrong("at_least", "the most urgent level comes first, so each asks for less than the one before")
    last = found.levels[-1]
    if last.at_least != 0 or last.origin.until is not None:
        raise levels[-1].wrong("at_least", "the last level must take whatever is left: 0, and without an end")
    return found


def _number(row: Row) -> QueueNumberRule:
    row.only(*ORIGIN, "value")
    row.one_of(QueueNumber, "id")
    return QueueNumberRule(row.origin(), row.whole("value", at_least=1))


def _points(row: Row, profiles: frozenset[str]) -> Points:
    row.only(*ORIGIN, "label", "points", "when", "sources", "stops", "products", "profiles")
    named = {name: frozenset(row.texts(name, ())) for name in ("products", "profiles")}
    if unknown := named["profiles"] - profiles:
        raise row.wrong("profiles", f"{sorted(unknown)[0]} is no profile of strategy.toml")
    return Points(
        row.origin(),
        row.text("label"),
        row.whole("points", at_least=1),
        parse_conditions(row, "when") if "when" in row.values else None,
        row.many_of(Source, "sources") if "sources" in row.values else frozenset(),
        row.many_of(Stop, "stops") if "stops" in row.values else frozenset(),
        named["products"],
        named["profiles"],
    )


def _level(row: Row) -> Level:
    row.only(*ORIGIN, "label", "at_least", "sla_hours")
    sla = timedelta(hours=row.whole("sla_hours", at_least=1))
    return Level(row.origin(), row.text("label"), row.whole("at_least", at_least=0), sla)


def _disposition(row: Row) -> Disposition:
    row.only(*ORIGIN, "label", "next", "days", "days_at_most", "stop", "promise", "outcome", "not_overdue")
    then = row.one_of(Next, "next")
    waits = then is Next.WAITING
    days = row.whole("days", at_least=1) if waits else 0
    at_most = row.whole("days_at_most", at_least=days) if waits else 0
    if not waits and {"days", "days_at_most"} & set(row.values):
        raise row.wrong("days", "only what waits comes back on a day")
    promise = row.flag("promise", default=False)
    if promise and not waits:
        raise row.wrong("promise", "a promise waits for its day")
    stop = row.one_of(Stop, "stop") if "stop" in row.values else None
    outcome = row.one_of(Outcome, "outcome") if "outcome" in row.values else None
    if outcome not in (None, Outcome.DELIVERED, Outcome.NOT_DELIVERED):
        raise row.wrong("outcome", "must be delivered or not_delivered")
    not_overdue = row.flag("not_overdue", default=False)
    return Disposition(row.origin(), row.text("label"), then, days, at_most, stop, promise, outcome, not_overdue)

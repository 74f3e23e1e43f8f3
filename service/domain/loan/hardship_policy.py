"""What the business decided about hardship: the dated table of limits and of what a rule may approve, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "hardship"
PERIODS_EVER = 60  # no table may allow more


class HardshipKind(StrEnum):
    """展期 · 个性化分期 · 费用与罚息减免 · 停催."""

    DEFER = "defer"
    PLAN = "plan"
    REDUCE = "reduce"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of everybody, a person included. Months, numbers of parts, days and fen, by name."""

    origin: Origin
    months_at_most: int
    periods_at_most: int
    first_part_within_days: int
    part_at_least_fen: int
    plan_grace_days: int
    plan_stops_penalty: bool
    stop_days_at_most: int
    stop_stops_penalty: bool
    reduction_days: int
    reminder_days: int
    answer_within_days: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What is approved without a person: `most` is in months, parts, fen or days as the kind has it."""

    origin: Origin
    kind: HardshipKind
    most: int
    days_past_due_at_most: int
    owed_at_most_fen: int
    none_in_months: int


@dataclass(frozen=True, slots=True)
class ForPerson:
    """With one of `stops` open only a person decides; `reason` is for the borrower."""

    origin: Origin
    stops: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person rejects, and what else the borrower can do: both are told to him."""

    code: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class HardshipPolicy:
    """The whole table."""

    version: str
    limits: tuple[Limits, ...]
    rules: tuple[Rule, ...]
    person: tuple[ForPerson, ...]
    refusals: Mapping[str, Refusal]

    def limits_on(self, day: date) -> Limits:
        """The row that holds on a day. Raises PolicyError before the first."""
        found = [one for one in self.limits if one.origin.holds_on(day)]
        if not found:
            raise PolicyError(f"{NAME}.toml: limits: no row holds on {day}")
        return found[0]

    def rules_on(self, day: date, kind: HardshipKind) -> tuple[Rule, ...]:
        return tuple(one for one in self.rules if one.kind is kind and one.origin.holds_on(day))

    def by_rule(self, rule: Rule) -> str:
        """Who decided, where a rule did."""
        return f"rule:{rule.origin.id}@{self.version}"


_WHOLE = {
    "months_at_most": 1, "periods_at_most": 2, "first_part_within_days": 0, "part_at_least_fen": 1,
    "plan_grace_days": 0, "stop_days_at_most": 1, "reduction_days": 0, "reminder_days": 0, "answer_within_days": 1,
}  # fmt: skip
_FLAGS = ("plan_stops_penalty", "stop_stops_penalty")
_RULE = {"most": 1, "days_past_due_at_most": 0, "owed_at_most_fen": 1, "none_in_months": 0}


def parse_hardship_policy(table: Mapping[str, Any]) -> HardshipPolicy:
    """Make the policy of a TOML table. Raises PolicyError naming row and column, or where two limits hold at once."""
    Row(f"{NAME}.toml", table).only("version", "limits", "rule", "person", "refusal")
    limits = tuple(sorted((_limits(row) for row in rows_in(table, "limits", name=NAME)), key=_began))
    for earlier, later in pairwise(limits):
        if earlier.origin.until is None or earlier.origin.until > later.origin.in_force:
            raise PolicyError(f"{NAME}.toml: limits: {later.origin.id} begins while {earlier.origin.id} still holds")
    return HardshipPolicy(
        version=version_of(table, name=NAME),
        limits=limits,
        rules=tuple(_rule(row) for row in rows_in(table, "rule", name=NAME)),
        person=tuple(_person(row) for row in rows_in(table, "person", name=NAME)),
        refusals={row.text("id"): _refusal(row) for row in rows_in(table, "refusal", name=NAME)},
    )


def _began(one: Limits) -> date:
    return one.origin.in_force


def _limits(row: Row) -> Limits:
    row.only(*ORIGIN, *_WHOLE, *_FLAGS)
    numbers = {name: row.whole(name, at_least=least) for name, least in _WHOLE.items()}
    if numbers["periods_at_most"] > PERIODS_EVER:
        raise row.wrong("periods_at_most", f"may not be more than {PERIODS_EVER}")
    for name in _FLAGS:
        row.value(name)  # what a plan does to penalty interest is decided, never assumed
    return Limits(
        origin=row.origin(),
        plan_stops_penalty=row.flag("plan_stops_penalty", default=False),
        stop_stops_penalty=row.flag("stop_stops_penalty", default=False),
        **numbers,
    )


def _rule(row: Row) -> Rule:
    row.only(*ORIGIN, "kind", *_RULE)
    numbers = {name: row.whole(name, at_least=least) for name, least in _RULE.items()}
    return Rule(origin=row.origin(), kind=row.one_of(HardshipKind, "kind"), **numbers)


def _person(row: Row) -> ForPerson:
    row.only(*ORIGIN, "stops", "reason")
    return ForPerson(row.origin(), frozenset(row.texts("stops")), row.text("reason"))


def _refusal(row: Row) -> Refusal:
    row.only("id", "text", "advice")
    return Refusal(row.text("id"), row.text("text"), row.text("advice"))

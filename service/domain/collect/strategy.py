"""Which step of which tier is due, read from strategy.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from service.domain.collect.outreach import Kind
from service.domain.collect.tier import By, Step, Tier, tier_of
from service.domain.rows import ORIGIN, PolicyError, Row, rows_in, version_of

NAME = "strategy"


@dataclass(frozen=True, slots=True)
class Strategy:
    """Tiers in the order of their days, without gaps."""

    version: str
    tiers: tuple[Tier, ...]

    @property
    def days_ahead(self) -> int:
        """How many days before a due date the first step fires."""
        return max(0, -self.tiers[0].from_day)

    def due(self, day: int, on: date) -> tuple[Tier, Step] | None:
        """The latest step at or before `day` within the tier of that day; None where none has come yet."""
        tier = tier_of(self.tiers, day)
        if tier is None or not tier.origin.holds_on(on):
            return None
        passed = [step for step in tier.steps if step.day <= day]
        return (tier, passed[-1]) if passed else None


def step_name(tier: Tier, step: Step) -> str:
    """'M1+5', 'pre_due-3': what a step is called in the log."""
    return f"{tier.origin.id}{step.day:+d}"


def parse_strategy(table: Mapping[str, Any], *, channels: frozenset[str], templates: Mapping[str, Any]) -> Strategy:
    """Raises PolicyError naming the row: unknown channels and templates, gaps and overlaps of days."""
    tiers = tuple(_tier(row, channels, templates) for row in rows_in(table, "tier", name=NAME))
    for before, after in pairwise(tiers):
        if before.to_day is None or after.from_day != before.to_day + 1:
            raise PolicyError(f"{NAME}.toml: tier {after.origin.id}: from_day: must follow {before.origin.id}")
    if tiers[-1].to_day is not None:
        raise PolicyError(f"{NAME}.toml: tier {tiers[-1].origin.id}: to_day: the last tier has no end")
    return Strategy(version_of(table, name=NAME), tiers)


def _tier(row: Row, channels: frozenset[str], templates: Mapping[str, Any]) -> Tier:
    row.only(*ORIGIN, "label", "from_day", "to_day", "kind", "by", "steps")
    by = row.one_of(By, "by")
    tier = Tier(
        row.origin(),
        row.text("label"),
        row.one_of(Kind, "kind"),
        by,
        row.whole("from_day", at_least=-60),
        row.whole("to_day", at_least=-60) if "to_day" in row.values else None,
        tuple(_step(row, number, one, by) for number, one in enumerate(row.value("steps"), start=1)),
    )
    if not tier.steps or any(not tier.holds(step.day) for step in tier.steps):
        raise row.wrong("steps", "must be within the tier's days, and at least one")
    if [step.day for step in tier.steps] != sorted({step.day for step in tier.steps}):
        raise row.wrong("steps", "must be in the order of their days, each once")
    if (tier.kind is Kind.REMINDER) != (tier.to_day is not None and tier.to_day <= 0):
        raise row.wrong("kind", "a reminder ends on the due day, collection begins after it")
    for step in tier.steps if by is By.TEMPLATE else ():
        if step.channel not in channels:
            raise row.wrong("steps", f"day {step.day}: {step.channel} has no channel row in compliance.toml")
        if step.template not in templates:
            raise row.wrong("steps", f"day {step.day}: {step.template} is not in templates.toml")
    return tier


def _step(row: Row, number: int, values: Mapping[str, Any], by: By) -> Step:
    step = Row(f"{row.where}: step {number}", values)
    if by is By.PERSON:
        step.only("day")
        return Step(step.whole("day", at_least=-60), "person", "")
    step.only("day", "channel", "template")
    return Step(step.whole("day", at_least=-60), step.text("channel"), step.text("template"))

"""Whom to ask, when and how, read from strategy.toml: tier × profile × risk × product gives a treatment and its step.

Tiers partition the days; profiles and risk bands are tried in the order of the file, the first that holds is taken,
and the last of each holds for all; so do the treatments of a tier. So every debtor has exactly one of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from service.domain.collect.facts import Conditions, DebtorFacts, parse_conditions
from service.domain.collect.outreach import Kind
from service.domain.collect.template import Template
from service.domain.collect.tier import Tier, tier_of
from service.domain.collect.treatment import Known, Step, Treatment, parse_treatment
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "strategy"


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of debtor; `when` None: everybody else."""

    origin: Origin
    label: str
    when: Conditions | None


@dataclass(frozen=True, slots=True)
class Risk:
    """A band of the chance that a debtor pays by himself soon. With a model its score decides, from `score_from` on;
    without one `when` does. The last band is everybody else's."""

    origin: Origin
    label: str
    score_from: Decimal
    when: Conditions | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is due for a debtor, and what it was chosen by."""

    tier: Tier
    profile: Profile
    risk: Risk
    treatment: Treatment
    step: Step

    @property
    def name(self) -> str:
        """'M1+5', 'pre_due-3': what the step is called in the log, whatever the treatment."""
        return f"{self.tier.origin.id}{self.step.day:+d}"


@dataclass(frozen=True, slots=True)
class Strategy:
    """Tiers in the order of their days, without gaps."""

    version: str
    tiers: tuple[Tier, ...]
    profiles: tuple[Profile, ...]
    risks: tuple[Risk, ...]
    treatments: tuple[Treatment, ...]

    @property
    def days_ahead(self) -> int:
        """How many days before a due date the first step fires."""
        return max(0, -self.tiers[0].from_day)

    def profile_of(self, facts: DebtorFacts, on: date) -> Profile:
        return next(one for one in self.profiles if _holds(one.origin, one.when, facts, on))

    def risk_of(self, facts: DebtorFacts, on: date, *, score: Decimal | None = None) -> Risk:
        """`score`: the model's chance, 0 to 1, that the debtor cures by himself soon; None: there is no model."""
        if score is None:
            return next(one for one in self.risks if _holds(one.origin, one.when, facts, on))
        return max(
            (one for one in self.risks if one.origin.holds_on(on) and one.score_from <= score),
            key=lambda one: one.score_from,
        )

    def due(self, day: int, on: date, *, facts: DebtorFacts, score: Decimal | None = None) -> Choice | None:
        """The latest step at or before `day` of the debtor's treatment, whether or not it may fire now
        (`Step.may_fire`). None where none has come yet."""
        tier = tier_of(self.tiers, day)
        if tier is None or not tier.origin.holds_on(on):
            return None
        profile, risk = self.profile_of(facts, on), self.risk_of(facts, on, score=score)
        treatment = self._treatment(tier, profile, risk, facts.products, on)
        step = treatment.due(day) if treatment else None
        return Choice(tier, profile, risk, treatment, step) if treatment and step else None

    def _treatment(
        self, tier: Tier, profile: Profile, risk: Risk, products: frozenset[str], on: date
    ) -> Treatment | None:
        for one in self.treatments:
            of_tier = one.tier == tier.origin.id and one.origin.holds_on(on)
            if of_tier and one.fits(profile=profile.origin.id, risk=risk.origin.id, products=products):
                return one
        return None


def _holds(origin: Origin, when: Conditions | None, facts: DebtorFacts, on: date) -> bool:
    return origin.holds_on(on) and (when is None or when.hold(facts))


def parse_strategy(
    table: Mapping[str, Any],
    *,
    channels: frozenset[str],
    templates: Mapping[str, Template],
    buttons: frozenset[str],
    name: str = NAME,
) -> Strategy:
    """Raises PolicyError naming line, row and column: unknown names, gaps and overlaps of days, a list that leaves
    somebody out."""
    for kind in table:
        if kind not in {"version", "tier", "profile", "risk", "treatment"}:
            raise PolicyError(f"{name}.toml: {kind}: there is no such kind of row")
    tiers = tuple(_tier(row) for row in rows_in(table, "tier", name=name))
    _partition(tiers, name)
    profiles = tuple(_profile(row) for row in rows_in(table, "profile", name=name))
    risks = tuple(_risk(row) for row in rows_in(table, "risk", name=name))
    _last_for_all(profiles, "profile", name)
    _last_for_all(risks, "risk", name)
    if min(one.score_from for one in risks) != 0:
        raise PolicyError(f'{name}.toml: risk: score_from: one band must begin at "0"')
    known = Known(
        {one.origin.id: one for one in tiers},
        frozenset(one.origin.id for one in profiles),
        frozenset(one.origin.id for one in risks),
        channels,
        templates,
        buttons,
    )
    treatments = tuple(parse_treatment(row, known) for row in rows_in(table, "treatment", name=name))
    for tier in tiers:
        mine = [one for one in treatments if one.tier == tier.origin.id]
        if not mine or not mine[-1].catches_all:
            raise PolicyError(f"{name}.toml: treatment: the last of tier {tier.origin.id} must be for everybody else")
    return Strategy(version_of(table, name=name), tiers, profiles, risks, treatments)


def _partition(tiers: tuple[Tier, ...], name: str) -> None:
    for before, after in pairwise(tiers):
        if before.to_day is None or after.from_day != before.to_day + 1:
            raise PolicyError(f"{name}.toml: tier {after.origin.id}: from_day: must follow {before.origin.id}")
    if tiers[-1].to_day is not None:
        raise PolicyError(f"{name}.toml: tier {tiers[-1].origin.id}: to_day: the last tier has no end")


def _last_for_all(rows: Iterable[Profile | Risk], kind: str, name: str) -> None:
    *others, last = rows
    if last.when is not None or any(one.when is None for one in others):
        raise PolicyError(f"{name}.toml: {kind} {last.origin.id}: when: the last row, and only it, is for all others")


def _tier(row: Row) -> Tier:
    row.only(*ORIGIN, "label", "from_day", "to_day", "kind")
    to_day = row.whole("to_day", at_least=-60) if "to_day" in row.values else None
    from_day = row.whole("from_day", at_least=-60)
    tier = Tier(row.origin(), row.text("label"), row.one_of(Kind, "kind"), from_day, to_day)
    if (tier.kind is Kind.REMINDER) != (to_day is not None and to_day <= 0):
        raise row.wrong("kind", "a reminder ends on the due day, collection begins after it")
    return tier


def _profile(row: Row) -> Profile:
    row.only(*ORIGIN, "label", "when")
    return Profile(row.origin(), row.text("label"), parse_conditions(row, "when") if "when" in row.values else None)


def _risk(row: Row) -> Risk:
    row.only(*ORIGIN, "label", "score_from", "when")
    when = parse_conditions(row, "when") if "when" in row.values else None
    return Risk(row.origin(), row.text("label"), row.rate("score_from"), when)

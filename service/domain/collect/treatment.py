"""What is done with one kind of debtor in one tier: the steps, and when each may fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from service.domain.collect.facts import DebtorFacts
from service.domain.collect.template import Template
from service.domain.collect.tier import Tier
from service.domain.rows import ORIGIN, Origin, Row


class Escalation(StrEnum):
    """Who takes over: any agent, or those who look whether going to law is right. Both are people who decide."""

    PERSON = "person"
    LEGAL_REVIEW = "legal_review"


class Unless(StrEnum):
    """A step does not fire while this holds."""

    REPLIED = "replied"  # the borrower wrote since the last message, today or yesterday: a conversation goes on
    PAID_PART = "paid_part"  # something was paid since the debt fell due
    ONCE_BROKE = "once_broke"  # a promise was broken: asking for another by itself helps nobody


@dataclass(frozen=True, slots=True)
class Step:
    """Fires at or after `day`: says one of the templates on the first channel of `say` that is open, or goes `to`
    people.

    `say`: channels in the order of the ladder, each with its templates, of which the first is the usual one.
    `offer`: ids of the buttons. `wait`: whole days since the last message. `hours`: times of day to choose from, the
    first the usual one; none: as soon as it is lawful.
    """

    day: int
    say: Mapping[str, tuple[str, ...]]
    offer: tuple[str, ...] = ()
    wait: int = 0
    unless: frozenset[Unless] = frozenset()
    hours: tuple[time, ...] = ()
    to: Escalation | None = None

    def may_fire(self, facts: DebtorFacts, today: date) -> bool:
        rests = {
            Unless.REPLIED: facts.wrote_since_asked,
            Unless.PAID_PART: facts.paid_in_episode,
            Unless.ONCE_BROKE: facts.promises_broken > 0,
        }
        if any(rests[one] for one in self.unless):
            return False
        return facts.last_asked_on is None or today >= facts.last_asked_on + timedelta(days=self.wait)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Steps for the debtors of a tier that have one of the profiles, risks and products; None: any."""

    origin: Origin
    tier: str
    profiles: frozenset[str] | None
    risks: frozenset[str] | None
    products: frozenset[str] | None
    steps: tuple[Step, ...]

    def fits(self, *, profile: str, risk: str, products: frozenset[str]) -> bool:
        return (
            (self.profiles is None or profile in self.profiles)
            and (self.risks is None or risk in self.risks)
            and (self.products is None or bool(products & self.products))
        )

    @property
    def catches_all(self) -> bool:
        return self.profiles is None and self.risks is None and self.products is None

    def due(self, day: int) -> Step | None:
        """The latest step at or before `day`; None where none has come yet."""
        passed = [step for step in self.steps if step.day <= day]
        return passed[-1] if passed else None


@dataclass(frozen=True, slots=True)
class Known:
    """What a treatment may name."""

    tiers: Mapping[str, Tier]
    profiles: frozenset[str]
    risks: frozenset[str]
    channels: frozenset[str]
    templates: Mapping[str, Template]
    buttons: frozenset[str]


def parse_treatment(row: Row, known: Known) -> Treatment:
    """Raises PolicyError naming the line of the row or of the step."""
    row.only(*ORIGIN, "tier", "profiles", "risks", "products", "steps")
    name = row.text("tier")
    if name not in known.tiers:
        raise row.wrong("tier", f"{name} is none of {', '.join(known.tiers)}")
    rows = [row.item("steps", number, one) for number, one in enumerate(row.value("steps"), start=1)]
    treatment = Treatment(
        row.origin(),
        name,
        _among(row, "profiles", known.profiles),
        _among(row, "risks", known.risks),
        frozenset(row.texts("products")) if "products" in row.values else None,
        tuple(_step(one, known) for one in rows),
    )
    if not treatment.steps:
        raise row.wrong("steps", "at least one")
    if treatment.risks is not None and any(one.to is Escalation.LEGAL_REVIEW for one in treatment.steps):
        raise row.wrong("risks", "whom to look at for going to law must not hang on a model's score")
    for one, step in zip(rows, treatment.steps, strict=True):
        if not known.tiers[name].holds(step.day):
            raise one.wrong("day", f"{step.day} is not within the days of {name}")
    if [step.day for step in treatment.steps] != sorted({step.day for step in treatment.steps}):
        raise row.wrong("steps", "must be in the order of their days, each once")
    return treatment


def _among(row: Row, column: str, known: frozenset[str]) -> frozenset[str] | None:
    if column not in row.values:
        return None
    for one in row.texts(column):
        if one not in known:
            raise row.wrong(column, f"{one} is none of {', '.join(sorted(known))}")
    return frozenset(row.texts(column))


def _step(row: Row, known: Known) -> Step:
    day = row.whole("day", at_least=-60)
    if "to" in row.values:
        row.only("day", "to")
        return Step(day, {}, to=row.one_of(Escalation, "to"))
    row.only("day", "say", "offer", "wait", "unless", "hours")
    for one in (offer := row.texts("offer", ())):
        if one not in known.buttons:
            raise row.wrong("offer", f"{one} is no button of templates.toml")
    hours = tuple(Row(row.where, {"hours": one}, row.lines).clock("hours") for one in row.texts("hours", ()))
    unless = row.many_of(Unless, "unless") if "unless" in row.values else frozenset()
    wait = row.whole("wait", at_least=0) if "wait" in row.values else 0
    return Step(day, _say(row, known), offer, wait, unless, hours)


def _say(row: Row, known: Known) -> Mapping[str, tuple[str, ...]]:
    table: Any = row.value("say")
    if not isinstance(table, Mapping) or not table:
        raise row.wrong("say", 'must be a table of channels, such as { inapp = "early_first" }')
    say = {}
    for channel, named in table.items():
        if channel not in known.channels:
            raise row.wrong("say", f"{channel} has no channel row in compliance.toml")
        say[channel] = (named,) if isinstance(named, str) else tuple(named)
        for one in say[channel]:
            if one not in known.templates:
                raise row.wrong("say", f"{one} is not in templates.toml")
    return say

"""All that the business decided about collection, as one checked value made of dated, versioned tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.collect.bandit import Learning, parse_learning
from service.domain.collect.costs import Costs, parse_costs
from service.domain.collect.experiment import Experiments, parse_experiments
from service.domain.collect.holidays import Holidays, parse_holidays
from service.domain.collect.outreach import Kind, Surface
from service.domain.collect.queue_policy import QueuePolicy, parse_queue
from service.domain.collect.rule_rows import parse_rules
from service.domain.collect.rules import Number, PromiseRule, Rules
from service.domain.collect.strategy import NAME, Strategy, parse_strategy
from service.domain.collect.template import SAMPLE, Templates, parse_templates
from service.domain.collect.wording import Wording
from service.domain.rows import PolicyError


@dataclass(frozen=True, slots=True)
class Policy:
    rules: Rules
    strategy: Strategy
    templates: Templates
    holidays: Holidays
    costs: Costs
    learning: Learning
    experiments: Experiments
    challengers: Mapping[str, Strategy]
    queue: QueuePolicy
    digest: str

    @property
    def version(self) -> str:
        """What every row of the outreach log keeps: the versions that people gave the tables, and a digest of what is
        in them, so that a change under an old version is told apart."""
        parts = [self.rules.version, self.strategy.version, self.templates.version, self.holidays.version]
        if any(one.enabled for one in self.experiments.rows):
            parts.append(self.experiments.version)
        named = parts[0] if len(set(parts)) == 1 else "/".join(parts)
        return f"{named}+{self.digest}"

    @property
    def wording(self) -> tuple[Wording, ...]:
        """The words that must not be written, for `wording.lint`."""
        return self.rules.wording

    def number_on(self, which: Number, day: date) -> int:
        """The number in force. Raises PolicyError where there is none."""
        rule = self.rules.on(day).number(which)
        if rule is None:
            raise PolicyError(f"compliance.toml: number {which}: no row is in force on {day}")
        return rule.value

    def promise_on(self, day: date) -> PromiseRule:
        """The rule for promises in force. Raises PolicyError where there is none."""
        for rule in self.rules.promises:
            if rule.origin.holds_on(day):
                return rule
        raise PolicyError(f"compliance.toml: promise: no row is in force on {day}")


def parse_policy(
    *,
    compliance: Mapping[str, Any],
    strategy: Mapping[str, Any],
    templates: Mapping[str, Any],
    holidays: Mapping[str, Any],
    costs: Mapping[str, Any],
    learning: Mapping[str, Any],
    experiments: Mapping[str, Any],
    challengers: Mapping[str, Mapping[str, Any]],
    queue: Mapping[str, Any],
) -> Policy:
    """Make the policy of TOML tables; `challengers` are strategies by name. Raises PolicyError naming table, row and
    column."""
    rules = parse_rules(compliance)
    texts = parse_templates(templates, wording=rules.wording)
    days = parse_holidays(holidays)
    for quiet in rules.quiet:
        if unknown := quiet.holidays - set(days.careful):
            where = f"compliance.toml: quiet {quiet.origin.id}: holidays"
            raise PolicyError(f"{where}: {sorted(unknown)[0]} is not in holidays.toml")
    for promise in rules.promises:
        _check_promise(promise, texts)
    known: dict[str, Any] = {
        "channels": frozenset(one.origin.id for one in rules.channels),
        "templates": texts.rows,
        "buttons": frozenset(texts.buttons),
    }
    champion = parse_strategy(strategy, **known)
    others = {name: parse_strategy(one, **known, name=f"strategies/{name}") for name, one in challengers.items()}
    for name, one in others.items():
        if [(tier.origin.id, tier.from_day) for tier in one.tiers] != [
            (tier.origin.id, tier.from_day) for tier in champion.tiers
        ]:
            raise PolicyError(f"strategies/{name}.toml: tier: must have the tiers and days of strategy.toml")
    for name, one in {NAME: champion, **{f"strategies/{name}": one for name, one in others.items()}}.items():
        _check_texts(one, rules, texts, name=name)
    running = parse_experiments(
        experiments,
        tiers=frozenset(tier.origin.id for tier in champion.tiers),
        strategies=frozenset(others),
        reminders=frozenset(tier.origin.id for tier in champion.tiers if tier.kind is Kind.REMINDER),
    )
    return Policy(
        rules,
        champion,
        texts,
        days,
        parse_costs(costs),
        parse_learning(learning),
        running,
        others,
        parse_queue(queue, profiles=frozenset(one.origin.id for one in champion.profiles)),
        _digest(compliance, strategy, templates, holidays, costs, learning, experiments, challengers, queue),
    )


def _digest(*tables: Mapping[str, Any]) -> str:
    """Of what the tables say, whatever their comments and blanks."""
    said = json.dumps(tables, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _check_texts(strategy: Strategy, rules: Rules, texts: Templates, *, name: str) -> None:
    """What a step says on a channel must be fit for those who may read it there, and for the platform's template."""
    for treatment in strategy.treatments:
        for step in treatment.steps:
            for channel in (one for one in rules.channels if one.origin.id in step.say):
                for template in (texts.rows[one] for one in step.say[channel.origin.id]):
                    where = f"{name}.toml: treatment {treatment.origin.id}: day {step.day}: {template.origin.id}"
                    if channel.surface is Surface.OPEN and template.surface is not Surface.OPEN:
                        raise PolicyError(f"{where}: speaks of the account, and others may read {channel.origin.id}")
                    if not channel.takes(texts.render(template, SAMPLE)):
                        form = f"{channel.fields} lines of at most {channel.field_length} characters"
                        raise PolicyError(f"{where}: {channel.origin.id} needs {form}")


def _check_promise(rule: PromiseRule, texts: Templates) -> None:
    where = f"compliance.toml: promise {rule.origin.id}"
    if rule.remind_template not in texts.rows:
        raise PolicyError(f"{where}: remind_template: {rule.remind_template} is not in templates.toml")
    if unknown := sorted(set(rule.remind_offer) - set(texts.buttons)):
        raise PolicyError(f"{where}: remind_offer: {unknown[0]} is no button of templates.toml")

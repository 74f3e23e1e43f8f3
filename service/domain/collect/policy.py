"""All that the business decided about collection, as one checked value made of four dated, versioned tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.collect.holidays import Holidays, parse_holidays
from service.domain.collect.rules import PromiseRule, Rules, parse_rules
from service.domain.collect.strategy import Strategy, parse_strategy
from service.domain.collect.template import Templates, parse_templates
from service.domain.collect.wording import Wording
from service.domain.rows import PolicyError


@dataclass(frozen=True, slots=True)
class Policy:
    rules: Rules
    strategy: Strategy
    templates: Templates
    holidays: Holidays

    @property
    def version(self) -> str:
        """What every row of the outreach log keeps."""
        parts = (self.rules.version, self.strategy.version, self.templates.version, self.holidays.version)
        return parts[0] if len(set(parts)) == 1 else "/".join(parts)

    @property
    def wording(self) -> tuple[Wording, ...]:
        """The words that must not be written, for `wording.lint`."""
        return self.rules.wording

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
) -> Policy:
    """Make the policy of TOML tables. Raises PolicyError naming table, row and column."""
    rules = parse_rules(compliance)
    texts = parse_templates(templates, wording=rules.wording)
    days = parse_holidays(holidays)
    for quiet in rules.quiet:
        if unknown := quiet.holidays - set(days.careful):
            where = f"compliance.toml: quiet {quiet.origin.id}: holidays"
            raise PolicyError(f"{where}: {sorted(unknown)[0]} is not in holidays.toml")
    channels = frozenset(one.origin.id for one in rules.channels)
    steps = parse_strategy(strategy, channels=channels, templates=texts.rows, buttons=frozenset(texts.buttons))
    return Policy(rules, steps, texts, days)

"""Which hour, channel and text a step uses where it leaves a choice: mostly what worked, sometimes another to learn.

What worked is counted by context (tier and profile) and option. The share of tries is bounded by learning.toml, drawn
by a hash of the message, so that a run can be repeated. Without counts the first option is used, as the strategy says.
Only what the step itself names is ever chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import product
from typing import Any

from service.domain.collect.treatment import Step
from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "learning"
_DRAWS = 10_000
_USUAL = Decimal(1) / 20  # what is expected of an option nobody tried, so that few tries do not decide


@dataclass(frozen=True, slots=True)
class Option:
    """`hour` None: as soon as it is lawful."""

    channel: str
    template: str
    hour: time | None

    @property
    def id(self) -> str:
        return f"{self.channel}/{self.template}/{self.hour:%H:%M}" if self.hour else f"{self.channel}/{self.template}/"


@dataclass(frozen=True, slots=True)
class Tried:
    """How often an option was used and how often the debtor then paid, promised or wrote within the days of the rule
    without complaining."""

    times: int
    worked: int


@dataclass(frozen=True, slots=True)
class LearningRule:
    """`explore_at_most`: the share of messages that may try another option, in ten-thousandths. An option counts once
    it was tried `tried_at_least` times; counts are of the last `window_days`, a result is waited for `reward_days`."""

    origin: Origin
    explore_at_most: int
    tried_at_least: int
    window_days: int
    reward_days: int


@dataclass(frozen=True, slots=True)
class Learning:
    version: str
    rules: tuple[LearningRule, ...]

    def on(self, day: date) -> LearningRule | None:
        """None: nothing is learned, the first option is used."""
        return next((one for one in self.rules if one.origin.holds_on(day)), None)


@dataclass(frozen=True, slots=True)
class Pick:
    """`by`: "usual" (nothing is known), "learned", or "explored"."""

    option: Option
    by: str


def options_of(step: Step, *, channels: Sequence[str]) -> tuple[Option, ...]:
    """Of the step's channels that are open, in the order of its ladder: the usual option first."""
    hours: Sequence[time | None] = step.hours or (None,)
    return tuple(
        Option(channel, text, hour)
        for channel, texts in step.say.items()
        if channel in channels
        for text, hour in product(texts, hours)
    )


def pick(options: Sequence[Option], tried: Mapping[str, Tried], *, rule: LearningRule | None, message_id: str) -> Pick:
    """`tried` by option id, of this context. Raises ValueError where there are no options."""
    if not options:
        raise ValueError("nothing to pick from")
    if rule is None or len(options) == 1:
        return Pick(options[0], "usual")
    draw = int.from_bytes(hashlib.sha256(f"explore|{message_id}".encode()).digest()[:8])
    if draw % _DRAWS < rule.explore_at_most:
        return Pick(options[(draw // _DRAWS) % len(options)], "explored")
    known = [one for one in options if one.id in tried and tried[one.id].times >= rule.tried_at_least]
    if not known:
        return Pick(options[0], "usual")
    return Pick(max(known, key=lambda one: _expected(tried[one.id])), "learned")


def _expected(of: Tried) -> Decimal:
    """The mean with twenty tries of the usual put before it."""
    return (of.worked + 20 * _USUAL) / (of.times + 20)


def parse_learning(table: Mapping[str, Any]) -> Learning:
    """Raises PolicyError naming line, row and column."""
    for kind in table:
        if kind not in {"version", "bandit"}:
            raise PolicyError(f"{NAME}.toml: {kind}: there is no such kind of row")
    return Learning(version_of(table, name=NAME), tuple(_rule(row) for row in rows_in(table, "bandit", name=NAME)))


def _rule(row: Row) -> LearningRule:
    row.only(*ORIGIN, "explore_at_most", "tried_at_least", "window_days", "reward_days")
    share = row.rate("explore_at_most")
    if share > Decimal("0.2"):
        raise row.wrong("explore_at_most", 'at most "0.2": debtors are not there to be experimented with')
    return LearningRule(
        row.origin(),
        int(share * _DRAWS),
        row.whole("tried_at_least", at_least=10),
        row.whole("window_days", at_least=7),
        row.whole("reward_days", at_least=1),
    )


def context_of(tier: str, profile: str) -> str:
    return f"{tier}/{profile}"

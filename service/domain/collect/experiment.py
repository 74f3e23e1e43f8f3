"""Which strategy a debtor gets while strategies compete: a stable share of debtors for each arm, one left in peace.

Read from experiments.toml. An arm is drawn by a hash of the debtor, so that he stays in it, and kept in the exposure
log from the first day that it could have mattered (intention to treat).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.domain.rows import ORIGIN, Origin, PolicyError, Row, rows_in, version_of

NAME = "experiments"
CHAMPION = "champion"
HOLDOUT = "holdout"
_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Arm:
    """`share` of the debtors, in ten-thousandths. `strategy`: the name of its file; "" is the champion's, None: nobody
    is contacted."""

    id: str
    share: int
    strategy: str | None


@dataclass(frozen=True, slots=True)
class Guard:
    """When an arm is stopped by itself: once `exposed_at_least` debtors are in it, and its rate of complaints is surely
    above the limit, or it surely recovers less than the champion by more than `recovery_drop_at_most`."""

    exposed_at_least: int
    complaint_rate_at_most: Decimal
    recovery_drop_at_most: Decimal


@dataclass(frozen=True, slots=True)
class Experiment:
    """For the debtors of `tiers`; outcomes are counted for `horizon_days` after the exposure. `level`: the chance of
    error that intervals and verdicts may have, over all looks together."""

    origin: Origin
    label: str
    enabled: bool
    tiers: frozenset[str]
    horizon_days: int
    holdout_days: int
    level: Decimal
    guard: Guard
    arms: tuple[Arm, ...]

    def runs_on(self, day: date, tier: str) -> bool:
        return self.enabled and self.origin.holds_on(day) and tier in self.tiers

    def arm(self, name: str) -> Arm:
        """The arm of that name; the champion where there is none (any more)."""
        return next((one for one in self.arms if one.id == name), self.arms[0])

    def drawn(self, borrower_id: str) -> Arm:
        """The same for the same debtor, and independent of other experiments."""
        bucket = int.from_bytes(hashlib.sha256(f"{self.origin.id}|{borrower_id}".encode()).digest()[:8]) % _BUCKETS
        for arm in self.arms:
            if bucket < arm.share:
                return arm
            bucket -= arm.share
        raise AssertionError("shares sum to all buckets")

    def left_in_peace(self, arm: Arm, *, exposed_on: date, today: date) -> bool:
        """The holdout is not for ever: afterwards its debtors get what the champion does."""
        return arm.strategy is None and today < exposed_on + timedelta(days=self.holdout_days)


@dataclass(frozen=True, slots=True)
class Experiments:
    version: str
    rows: tuple[Experiment, ...]


def parse_experiments(
    table: Mapping[str, Any], *, tiers: frozenset[str], strategies: frozenset[str], reminders: frozenset[str]
) -> Experiments:
    """Raises PolicyError naming line, row and column. `reminders`: tiers that are no collection; they are a service to
    the borrower and are not experimented with by leaving them out."""
    rows = tuple(_experiment(row, tiers, strategies, reminders) for row in rows_in(table, "experiment", name=NAME))
    for one in rows:
        for other in rows:
            if one is not other and one.enabled and other.enabled and one.tiers & other.tiers:
                shared = sorted(one.tiers & other.tiers)[0]
                raise PolicyError(
                    f"{NAME}.toml: experiment {one.origin.id}: tiers: {shared} is also in {other.origin.id}"
                )
    return Experiments(version_of(table, name=NAME), rows)


def _experiment(row: Row, tiers: frozenset[str], strategies: frozenset[str], reminders: frozenset[str]) -> Experiment:
    row.only(
        *ORIGIN, "label", "enabled", "tiers", "horizon_days", "holdout_days", "level", "exposed_at_least",
        "complaint_rate_at_most", "recovery_drop_at_most", "arms",
    )  # fmt: skip
    chosen = frozenset(row.texts("tiers"))
    if unknown := sorted(chosen - tiers):
        raise row.wrong("tiers", f"{unknown[0]} is no tier of strategy.toml")
    level = row.rate("level")
    if not 0 < level <= Decimal("0.2"):
        raise row.wrong("level", 'must be above 0 and at most "0.2"')
    guard = Guard(
        row.whole("exposed_at_least", at_least=30),
        row.rate("complaint_rate_at_most"),
        row.rate("recovery_drop_at_most"),
    )
    arms = tuple(
        _arm(row.item("arms", no, one), strategies, chosen & reminders)
        for no, one in enumerate(row.value("arms"), start=1)
    )
    if not arms or arms[0].id != CHAMPION or arms[0].strategy != "":
        raise row.wrong("arms", f"the first arm is the {CHAMPION} and has no strategy of its own")
    if len({one.id for one in arms}) != len(arms):
        raise row.wrong("arms", "an arm comes twice")
    if sum(one.share for one in arms) != _BUCKETS:
        raise row.wrong("arms", "shares must sum to 1")
    return Experiment(
        row.origin(),
        row.text("label"),
        row.flag("enabled", default=False),
        chosen,
        row.whole("horizon_days", at_least=1),
        row.whole("holdout_days", at_least=1),
        level,
        guard,
        arms,
    )


def _arm(row: Row, strategies: frozenset[str], reminders: frozenset[str]) -> Arm:
    row.only("id", "share", "strategy")
    name, share = row.text("id"), row.rate("share") * _BUCKETS
    if share != int(share) or share == 0:
        raise row.wrong("share", 'must be above 0 and have at most four decimals, such as "0.05"')
    if name == HOLDOUT:
        if "strategy" in row.values:
            raise row.wrong("strategy", "nobody in the holdout is contacted")
        if reminders:
            raise row.wrong("id", f"{sorted(reminders)[0]} reminds of what is not overdue; it has no holdout")
        return Arm(name, int(share), None)
    strategy = row.text("strategy") if "strategy" in row.values else ""
    if strategy and strategy not in strategies:
        raise row.wrong("strategy", f"{strategy} is no file in strategies/")
    return Arm(name, int(share), strategy)

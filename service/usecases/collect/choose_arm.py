"""Which strategy each debtor of a chunk gets today, and who is left in peace: exposures are kept as they begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.db import experiment as log
from service.db.experiment import Exposure
from service.domain.collect.experiment import CHAMPION, HOLDOUT, Experiment
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import Strategy
from service.domain.collect.tier import Standing, tier_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """`strategy` None: left in peace as the holdout. `arm` is empty where no experiment runs."""

    strategy: Strategy | None
    arm: str = ""


def choose_arms(
    conn: Connection, standings: Mapping[str, Standing], *, today: date, policy: Policy
) -> dict[str, Drawn]:
    """By borrower."""
    drawn = {one: Drawn(policy.strategy) for one in standings}
    by_experiment: dict[str, list[str]] = {}
    running: dict[str, tuple[Experiment, str]] = {}
    for borrower_id, at in standings.items():
        tier = tier_of(policy.strategy.tiers, at.day)
        found = policy.experiments.for_tier(tier.origin.id, today) if tier else None
        if tier is not None and found is not None:
            by_experiment.setdefault(found.origin.id, []).append(borrower_id)
            running[borrower_id] = (found, tier.origin.id)
    for experiment_id, borrower_ids in by_experiment.items():
        stopped = {one.arm for one in log.stopped_arms(conn, experiment_id)}
        known = log.exposures_of(conn, experiment_id, borrower_ids)
        new: list[Exposure] = []
        for borrower_id in borrower_ids:
            experiment, tier_id = running[borrower_id]
            exposed = known.get(borrower_id)
            if exposed is None:
                arm, fen = experiment.drawn(borrower_id).id, standings[borrower_id].fen
                exposed = Exposure(experiment_id, borrower_id, arm, today, tier_id, fen, policy.version)
                new.append(exposed)
            drawn[borrower_id] = _drawn(experiment, exposed, today=today, stopped=stopped, policy=policy)
        log.add_exposures(conn, new)
    return drawn


def _drawn(experiment: Experiment, at: Exposure, *, today: date, stopped: set[str], policy: Policy) -> Drawn:
    name = f"{experiment.origin.id}:{at.arm}"
    if at.arm in stopped:
        return Drawn(policy.strategy, f"{experiment.origin.id}:{CHAMPION}")
    arm = experiment.arm(at.arm)
    if experiment.left_in_peace(arm, exposed_on=at.exposed_on, today=today):
        return Drawn(None, f"{experiment.origin.id}:{HOLDOUT}")
    return Drawn(policy.challengers.get(arm.strategy or "", policy.strategy), name)

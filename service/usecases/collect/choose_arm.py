"""Which strategy each debtor of a chunk gets today, and who is left in peace: exposures are kept as they begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.db import experiment as log
from service.db.contact_ladder import tried_on
from service.db.experiment import Exposure
from service.domain.collect.experiment import CHAMPION, HOLDOUT, Experiment
from service.domain.collect.outreach import Kind
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
    """By borrower. Whoever rests in a holdout rests in every tier that collects, and enters no other experiment
    meanwhile; whoever was planned for today already enters tomorrow, and an arm that was stopped takes nobody new."""
    tiers = {one: tier for one, at in standings.items() if (tier := tier_of(policy.strategy.tiers, at.day)) is not None}
    collected = [one for one, tier in tiers.items() if tier.kind is Kind.COLLECTION]
    running = [one for one in policy.experiments.rows if one.enabled and one.origin.holds_on(today)]
    drawn = {one: Drawn(policy.strategy) for one in standings}
    resting: dict[str, Drawn] = {}
    for experiment in running:
        resting |= _resting(conn, experiment, collected, today=today, policy=policy)
    for experiment in running:
        mine = {
            one: standings[one]
            for one, tier in tiers.items()
            if experiment.runs_on(today, tier.origin.id) and one not in resting
        }
        if mine:
            drawn |= _entered(conn, experiment, mine, today=today, policy=policy)
    return drawn | resting


def _resting(
    conn: Connection, experiment: Experiment, borrower_ids: Sequence[str], *, today: date, policy: Policy
) -> dict[str, Drawn]:
    if HOLDOUT not in {one.id for one in experiment.arms}:
        return {}
    stopped = _stopped(conn, experiment)
    known = log.exposures_of(conn, experiment.origin.id, borrower_ids)
    found = {one: _drawn(experiment, at, today=today, stopped=stopped, policy=policy) for one, at in known.items()}
    return {one: drawn for one, drawn in found.items() if drawn.strategy is None}


def _entered(
    conn: Connection, experiment: Experiment, standings: Mapping[str, Standing], *, today: date, policy: Policy
) -> dict[str, Drawn]:
    """Of the debtors of the experiment's tiers; who is not in it yet enters, if his arm takes anybody."""
    stopped = _stopped(conn, experiment)
    known = log.exposures_of(conn, experiment.origin.id, list(standings))
    planned = tried_on(conn, [one for one in standings if one not in known], today)
    drawn, new = {}, []
    for borrower_id, at in standings.items():
        exposed = known.get(borrower_id)
        if exposed is None and borrower_id in planned:
            continue
        if exposed is None:
            arm, tier = experiment.drawn(borrower_id).id, tier_of(policy.strategy.tiers, at.day)
            assert tier is not None, "its tier is one of the experiment's"
            entry = experiment.origin.id, borrower_id, arm, today, tier.origin.id, at.fen
            exposed = Exposure(*entry, policy.version)
            new += [] if arm in stopped else [exposed]
        drawn[borrower_id] = _drawn(experiment, exposed, today=today, stopped=stopped, policy=policy)
    log.add_exposures(conn, new)
    return drawn


def _stopped(conn: Connection, experiment: Experiment) -> set[str]:
    return {one.arm for one in log.stopped_arms(conn, experiment.origin.id)}


def _drawn(experiment: Experiment, at: Exposure, *, today: date, stopped: set[str], policy: Policy) -> Drawn:
    name = f"{experiment.origin.id}:{at.arm}"
    if at.arm in stopped:
        return Drawn(policy.strategy, f"{experiment.origin.id}:{CHAMPION}")
    arm = experiment.arm(at.arm)
    if experiment.left_in_peace(arm, exposed_on=at.exposed_on, today=today):
        return Drawn(None, f"{experiment.origin.id}:{HOLDOUT}")
    return Drawn(policy.challengers.get(arm.strategy or "", policy.strategy), name)

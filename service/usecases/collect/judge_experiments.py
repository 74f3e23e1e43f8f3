"""What the arms of the experiments did so far; one that does harm is stopped by itself, the day it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from service.db import experiment as log
from service.db.engine import Database
from service.db.experiment import Stopped
from service.domain.collect.experiment import CHAMPION, Experiment
from service.domain.collect.policy import Policy
from service.domain.collect.uplift import (
    ArmResult,
    Judgement,
    Mean,
    Outcome,
    Verdict,
    judge,
    mean_of,
    results_of,
)
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.usecases.ports import Clock

GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Report:
    """`exposed` counts everybody, `results` only those whose horizon is over."""

    experiment: Experiment
    exposed: dict[str, int]
    results: tuple[ArmResult, ...]
    judgements: tuple[Judgement, ...]
    stopped: tuple[Stopped, ...]


def report_on(conn: Connection, experiment: Experiment, *, today: date, policy: Policy) -> Report:
    """As of `today`."""
    results = results_of(experiment, _outcomes(conn, experiment, today=today, policy=policy))
    return Report(
        experiment,
        log.count_exposed(conn, experiment.origin.id),
        results,
        judge(experiment, results, _complaints(conn, experiment, today=today)),
        log.stopped_arms(conn, experiment.origin.id),
    )


def guard_experiments(database: Database, *, policy: Policy, clock: Clock) -> int:
    """Stop the arms that do harm. Returns how many were stopped now."""
    now, stopped = clock.now(), 0
    for experiment in policy.experiments.rows:
        if not experiment.enabled or not experiment.origin.holds_on(business_date(now)):
            continue
        with database.reading() as conn:
            report = report_on(conn, experiment, today=business_date(now), policy=policy)
        known = {one.arm for one in report.stopped}
        for one in report.judgements:
            if one.verdict is Verdict.HARMFUL and one.arm not in known:
                with database.transaction() as conn:
                    log.add_stop(conn, experiment.origin.id, one.arm, by=GUARD, reason=one.why, now=now)
                stopped += 1
    return stopped


def stop_arm(
    conn: Connection, *, policy: Policy, experiment_id: str, arm: str, by: str, reason: str, now: datetime
) -> None:
    """A person stops an arm: its debtors get what the champion does. Raises NotFound, Refused (reason_required,
    champion_stays)."""
    found = next((one for one in policy.experiments.rows if one.origin.id == experiment_id), None)
    if found is None or arm not in {one.id for one in found.arms}:
        raise NotFound("没有找到这个试验或分组。", code="experiment_unknown")
    if arm == CHAMPION:
        raise Refused("现行做法不能停止；要结束试验，请停止其余各组。", code="champion_stays")
    if not reason.strip():
        raise Refused("请写明停止这个分组的原因。", code="reason_required")
    log.add_stop(conn, experiment_id, arm, by=by, reason=reason.strip(), now=now)


def _complaints(conn: Connection, experiment: Experiment, *, today: date) -> dict[str, Mean]:
    """By arm, of everybody exposed: whether he has complained within his horizon, as far as it has come."""
    told: dict[str, list[Decimal]] = {}
    for chunk in log.exposed_until(conn, experiment.origin.id, last=today):
        complained = log.complained_within(conn, chunk, days=experiment.horizon_days)
        for one in chunk:
            told.setdefault(one.arm, []).append(Decimal(one.borrower_id in complained))
    return {arm: mean_of(values) for arm, values in told.items()}


def _outcomes(conn: Connection, experiment: Experiment, *, today: date, policy: Policy) -> Iterator[Outcome]:
    days = experiment.horizon_days
    for chunk in log.exposed_until(conn, experiment.origin.id, last=today - timedelta(days=days)):
        paid = log.paid_within(conn, chunk, days=days)
        complained = log.complained_within(conn, chunk, days=days)
        contacts = log.contacted_within(conn, chunk, days=days)
        for one in chunk:
            mine = contacts.get(one.borrower_id, {})
            cost = sum((policy.costs.of(name, one.exposed_on) * n for name, n in mine.items()), Decimal(0))
            yield Outcome(
                arm=one.arm,
                overdue_fen=one.overdue_fen,
                paid_fen=paid.get(one.borrower_id, 0),
                complained=one.borrower_id in complained,
                contacts=sum(mine.values()),
                cost_fen=cost,
            )

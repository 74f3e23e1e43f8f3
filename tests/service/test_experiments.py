"""Arms change what is planned, exposures and outcomes come from the ledger, and an arm that does harm stops itself."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from service.channels.memory import MemorySender
from service.db import experiment as log
from service.db.engine import Database
from service.db.tables.experiment import experiment_exposure
from service.db.tables.loan import borrower
from service.domain.collect.experiment import Experiment, Guard
from service.domain.collect.policy import Policy
from service.domain.collect.uplift import Measure
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.judge_experiments import guard_experiments, report_on
from service.usecases.collect.pause import pause
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, pay, plan_now, rows, send_now
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures


def experimenting(**shares: int) -> Policy:
    """The shipped experiment, running, with these shares; nobody is a special case."""
    shipped = policy()
    one = shipped.experiments.rows[0]
    arms = tuple(replace(arm, share=shares.get(arm.id, 0)) for arm in one.arms)
    since = replace(one.origin, in_force=date(2026, 11, 1))
    running = replace(one, origin=since, enabled=True, arms=arms)
    return replace(
        shipped,
        strategy=replace(shipped.strategy, profiles=shipped.strategy.profiles[-1:]),
        challengers={name: replace(each, profiles=each.profiles[-1:]) for name, each in shipped.challengers.items()},
        experiments=replace(shipped.experiments, rows=(running,)),
    )


def the(policy: Policy) -> Experiment:
    return policy.experiments.rows[0]


@pytest.fixture
def december(clock: FrozenClock) -> FrozenClock:
    clock.instant = datetime(2026, 12, 9, 10, 0, tzinfo=SHANGHAI)
    return clock


def test_a_challenger_plans_its_own_steps_and_the_row_names_the_arm(database: Database, december: FrozenClock) -> None:
    owe(database, clock=december, days=3)
    assert plan_now(database, december, by=experimenting(fewer=10_000)) == 1
    (row,) = rows(database)
    assert (row["step"], row["basis"]["arm"]) == ("M1+2", "m1_fewer:fewer")


def test_the_champion_of_the_experiment_does_as_without_it(database: Database, december: FrozenClock) -> None:
    owe(database, clock=december, days=3)
    plan_now(database, december, by=experimenting(champion=10_000))
    assert [(row["step"], row["basis"]["arm"]) for row in rows(database)] == [("M1+3", "m1_fewer:champion")]


def test_the_holdout_is_not_contacted_for_two_weeks_and_its_exposure_says_so(
    database: Database, december: FrozenClock
) -> None:
    owe(database, clock=december, days=1)
    by = experimenting(holdout=10_000)
    for _ in range(14):
        assert plan_now(database, december, by=by) == 0
        at(december, "10:00", days=1)
    assert plan_now(database, december, by=by) == 1
    with database.reading() as conn:
        (row,) = conn.execute(select(experiment_exposure)).mappings()
    assert (row["arm"], row["exposed_on"]) == ("holdout", business_date(december.now()) - timedelta(days=14))
    assert row["overdue_fen"] > 0


def test_the_holdout_rests_in_the_next_tier_too_but_is_reminded_before_a_due_date(
    database: Database, december: FrozenClock
) -> None:
    """What rests is collection; a reminder of what is not due yet is a service to him."""
    owe(database, clock=december, days=29)
    by = experimenting(holdout=10_000)
    for _ in range(14):  # from the third day on he is in M2, where no experiment runs
        assert plan_now(database, december, by=by) == 0
        at(december, "10:00", days=1)
    assert plan_now(database, december, by=by) == 1
    owe(database, clock=december, days=-3, borrower_id="b2")
    today = business_date(december.now())
    with database.transaction() as conn:
        log.add_exposures(conn, [log.Exposure("m1_fewer", "b2", "holdout", today, "M1", 10_000, by.version)])
    plan_now(database, december, by=by)
    assert [row["tier"] for row in rows(database, "b2")] == ["pre_due"]


def test_whoever_was_planned_for_today_enters_tomorrow(database: Database, december: FrozenClock) -> None:
    """An experiment that begins in the middle of a day contacts nobody whom it has just put into its holdout."""
    owe(database, clock=december, days=1)
    assert plan_now(database, december) == 1
    by = experimenting(holdout=10_000)
    assert plan_now(database, december, by=by) == 0
    with database.reading() as conn:
        assert conn.execute(select(experiment_exposure)).first() is None
    at(december, "10:00", days=1)
    assert plan_now(database, december, by=by) == 0
    with database.reading() as conn:
        (row,) = conn.execute(select(experiment_exposure)).mappings()
    assert (row["arm"], row["exposed_on"]) == ("holdout", business_date(december.now()))


def test_a_debtor_stays_in_his_arm_though_the_shares_change(database: Database, december: FrozenClock) -> None:
    owe(database, clock=december, days=1)
    plan_now(database, december, by=experimenting(champion=10_000))
    at(december, "10:00", days=2)
    plan_now(database, december, by=experimenting(fewer=10_000))
    assert [row["basis"]["arm"] for row in rows(database)] == ["m1_fewer:champion"] * 2


def test_what_was_paid_and_said_within_the_horizon_counts(database: Database, december: FrozenClock) -> None:
    by = experimenting(champion=10_000)
    for name in ("payer", "idler"):
        owe(database, clock=december, days=1, borrower_id=name)
    plan_now(database, december, by=by)
    send_now(database, december, MemorySender())
    pay(database, clock=december, borrower_id="payer")
    with database.transaction() as conn:
        pause(conn, borrower_id="idler", reason="complaint", by="borrower", note="", now=december.now())
    at(december, "10:00", days=29)
    with database.reading() as conn:
        early = report_on(conn, the(by), today=business_date(december.now()), policy=by)
    assert (early.exposed, early.results[0].n) == ({"champion": 2}, 0)
    at(december, "10:00", days=1)
    pay(database, clock=december, borrower_id="idler")  # too late to count
    with database.reading() as conn:
        report = report_on(conn, the(by), today=business_date(december.now()), policy=by)
    result = report.results[0]
    assert (result.n, result.contacts) == (2, 1)
    assert {name: str(one.mean) for name, one in result.means.items()} == {
        Measure.RECOVERY: "0.5",
        Measure.CURE: "0.5",
        Measure.COMPLAINT: "0.5",
    }


def exposed(
    database: Database, by: Policy, *, arm: str, n: int, complained: bool, clock: FrozenClock, days_ago: int = 31
) -> None:
    """`n` debtors, whose horizon is over today unless they were exposed later."""
    then = clock.now() - timedelta(days=days_ago)
    rows: list[dict[str, Any]] = [
        {"id": f"{arm}-{no}", "name": "林小满", "phone": "19900000000", "created_at": then} for no in range(n)
    ]
    with database.transaction() as conn:
        conn.execute(insert(borrower), rows)
        log.add_exposures(
            conn,
            [log.Exposure("m1_fewer", row["id"], arm, business_date(then), "M1", 10_000, by.version) for row in rows],
        )
        for row in rows if complained else ():
            pause(conn, borrower_id=row["id"], reason="complaint", by="borrower", note="", now=then + timedelta(days=1))


def test_an_arm_that_draws_complaints_stops_itself_and_its_debtors_get_what_the_champion_does(
    database: Database, december: FrozenClock
) -> None:
    december.instant = datetime(2027, 1, 20, 10, 0, tzinfo=SHANGHAI)
    by = experimenting(fewer=10_000)
    quick = replace(the(by), guard=Guard(30, the(by).guard.complaint_rate_at_most, the(by).guard.recovery_drop_at_most))
    by = replace(by, experiments=replace(by.experiments, rows=(quick,)))
    exposed(database, by, arm="champion", n=40, complained=False, clock=december)
    exposed(database, by, arm="fewer", n=40, complained=True, clock=december)
    assert guard_experiments(database, policy=by, clock=december) == 1
    assert guard_experiments(database, policy=by, clock=december) == 0
    owe(database, clock=december, days=3)
    plan_now(database, december, by=by)
    assert [(row["step"], row["basis"]["arm"]) for row in rows(database)] == [("M1+3", "m1_fewer:champion")]
    with database.reading() as conn:
        (stop,) = log.stopped_arms(conn, "m1_fewer")
    assert (stop.arm, stop.stopped_by, "投诉率至少" in stop.reason) == ("fewer", "guard", True)
    with database.reading() as conn:
        assert log.count_exposed(conn, "m1_fewer") == {"champion": 40, "fewer": 40}, "it takes nobody new"


def test_complaints_stop_an_arm_on_the_day_they_come_and_not_when_the_horizon_is_over(
    database: Database, december: FrozenClock
) -> None:
    by = experimenting(fewer=10_000)
    quick = replace(the(by), guard=replace(the(by).guard, exposed_at_least=30))
    by = replace(by, experiments=replace(by.experiments, rows=(quick,)))
    exposed(database, by, arm="fewer", n=40, complained=True, clock=december, days_ago=2)
    assert guard_experiments(database, policy=by, clock=december) == 1


@pytest.fixture
def running(app: FastAPI) -> Iterator[Policy]:
    shipped = app.state.services.policy
    by = experimenting(champion=8_000, fewer=2_000)
    app.state.services.policy = by
    yield by
    app.state.services.policy = shipped


def test_the_page_shows_the_arms_and_a_person_stops_one_with_a_reason(
    app: FastAPI, su: TestClient, running: Policy, sqlite_database: Database, clock: FrozenClock
) -> None:
    exposed(sqlite_database, running, arm="champion", n=3, complained=False, clock=clock)
    exposed(sqlite_database, running, arm="fewer", n=3, complained=True, clock=clock)
    page = su.get("/console/experiments")
    assert all(word in page.text for word in ("M1 减少一半触达", "进行中", "继续观察", "3 / 3"))
    form = {"form_token": token(page)}
    where = "/console/experiments/m1_fewer/{}/stop"
    assert "请写明" in su.post(where.format("fewer"), data=form).text
    assert "不能停止" in su.post(where.format("champion"), data=form | {"reason": "x"}).text
    assert su.post(where.format("none"), data=form | {"reason": "x"}).status_code == 404
    assert su.post(where.format("fewer"), data=form | {"reason": "投诉增多"}).status_code == 303
    after = su.get("/console/experiments").text
    assert ("苏禾 已停止" in after, "投诉增多" in after) == (True, True)


def test_the_page_says_how_to_begin_where_nothing_runs(su: TestClient) -> None:
    assert "试验没有启用" in su.get("/console/experiments").text

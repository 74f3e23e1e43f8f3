"""A pause or a promise holds outreach back at once, and only a named person ends a pause."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.channels.memory import MemorySender
from service.db.engine import Database
from service.domain.collect.promising import Wished
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.pause import pause
from service.usecases.collect.resume import resume
from service.usecases.collect.send import Counts
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, plan_now, reasons, rest, send_now, states


def test_a_pause_cancels_what_is_planned_in_the_same_transaction(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    with database.engine.connect() as conn, conn.begin() as unfinished:
        pause(conn, borrower_id="b1", reason="dispute", by="borrower", now=clock.now())
        unfinished.rollback()
    assert states(database) == ["planned"]
    rest(database, clock)
    assert (states(database), reasons(database)) == (["cancelled"], [{"stopped_dispute"}])


def test_while_paused_the_log_shows_once_why_and_nothing_goes_out(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    rest(database, clock)
    rest(database, clock, "hardship")
    for _ in range(2):  # days 5 and 6 belong to one step
        plan_now(database, clock)
        send_now(database, clock, sender)
        at(clock, "10:00", days=1)
    assert (states(database), sender.sent) == (["blocked"], [])
    assert reasons(database) == [{"stopped_dispute", "stopped_hardship"}]


def test_a_pause_is_one_however_often_it_is_asked_for(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    first = rest(database, clock, key="c:m:pause")
    assert rest(database, clock, key="c:m:pause") == first
    assert rest(database, clock, key="another message") == first
    with database.transaction() as conn:
        resume(conn, pause_id=first.id, by="苏禾", reason="已核实", now=clock.now(), policy=policy())
    assert rest(database, clock, key="c:m:pause").ended_by == "苏禾"  # a late repeat does not open it again
    assert rest(database, clock, key="a new message").id != first.id


@pytest.mark.parametrize(
    ("by", "reason", "code"),
    [("bot", "已核实", "person_required"), ("", "x", "person_required"), ("苏禾", " ", "reason_required")],
)
def test_only_a_named_person_with_a_reason_resumes(
    sqlite_database: Database, clock: FrozenClock, by: str, reason: str, code: str
) -> None:
    owe(sqlite_database, clock=clock)
    made = rest(sqlite_database, clock)
    with pytest.raises(Refused) as refused, sqlite_database.transaction() as conn:
        resume(conn, pause_id=made.id, by=by, reason=reason, now=clock.now(), policy=policy())
    assert refused.value.code == code


def test_after_resuming_the_next_plan_asks_again(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    made = rest(database, clock)
    plan_now(database, clock)
    send_now(database, clock, sender)
    with database.transaction() as conn:
        resume(conn, pause_id=made.id, by="苏禾", reason="金额已核对一致", now=clock.now(), policy=policy())
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 1
    assert send_now(database, clock, sender) == Counts(sent=1)


def test_a_pause_needs_a_known_borrower_and_a_known_reason(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    with pytest.raises(Refused):
        rest(sqlite_database, clock, "no such reason")
    with pytest.raises(NotFound), sqlite_database.transaction() as conn:
        pause(conn, borrower_id="nobody", reason="dispute", by="x", now=clock.now())


def test_a_promise_cancels_what_is_planned_and_holds_later_steps_back(database: Database, clock: FrozenClock) -> None:
    sender = MemorySender()
    owe(database, clock=clock)
    plan_now(database, clock)
    today = business_date(clock.now())
    with database.transaction() as conn:
        make_promise(
            conn, borrower_id="b1", conversation_id="c", parts=(Wished(50_000, today + timedelta(days=5)),),
            text="下周一还五百", key="k1", now=clock.now(), today=today, policy=policy(),
        )  # fmt: skip
    assert (states(database), reasons(database)) == (["cancelled"], [{"promise_pending"}])
    at(clock, "10:00", days=2)
    assert plan_now(database, clock) == 1  # day 7
    assert send_now(database, clock, sender) == Counts(blocked=1)
    assert (reasons(database)[-1], sender.sent) == ({"promise_pending"}, [])

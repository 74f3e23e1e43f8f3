"""What an agent knows before he acts: what is owed, what rests, and whether a call is allowed at this moment."""

from __future__ import annotations

import pytest

from service.db import contact
from service.db.engine import Database
from service.domain.collect.contact import Attempt, Outcome, PointKind
from service.domain.collect.outreach import By, Medium
from service.domain.errors import NotFound
from service.usecases.collect.resume import resume
from service.usecases.desk.call_now import CallNow, call_now
from service.usecases.desk.queue_pages import Brief, brief_of
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe
from tests.service.queueing import break_promises, live, stopped, sweep


def may_call(database: Database, clock: FrozenClock, borrower_id: str = "b1") -> CallNow:
    with database.reading() as conn:
        return call_now(conn, borrower_id=borrower_id, by="苏禾", now=clock.now(), policy=policy())


def codes(found: CallNow) -> set[str]:
    return {one.code for one in found.reasons}


def brief(database: Database, clock: FrozenClock, case_id: str) -> Brief:
    with database.reading() as conn:
        return brief_of(conn, case_id=case_id, by="苏禾", now=clock.now(), policy=policy())


def test_a_call_is_allowed_until_it_could_no_longer_end_in_time(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    found = may_call(database, clock)
    assert (found.allowed, found.reasons, found.may_answer) == (True, (), True)
    assert found.until is not None
    at(clock, "20:15")
    assert found.until == clock.now(), "20:30 less the fifteen minutes that a call may take"
    assert codes(may_call(database, clock)) == {"call_would_overrun"}
    at(clock, "21:00")
    assert codes(may_call(database, clock)) == {"outside_hours"}


def test_a_stop_forbids_to_ask_and_where_the_policy_says_so_lets_answer(database: Database, clock: FrozenClock) -> None:
    stopped(database, clock, reason="complaint")
    found = may_call(database, clock)
    assert (codes(found), found.may_answer) == ({"stopped_complaint"}, True)
    stopped(database, clock, "b2", "deceased")
    found = may_call(database, clock, "b2")
    assert (codes(found), found.may_answer) == ({"stopped_deceased"}, False)


def test_the_calls_of_today_count(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    with database.transaction() as conn:
        point = contact.own_point(conn, "b1", PointKind.PHONE)
        assert point is not None
        for number in range(2):
            made = Attempt(
                f"call-{number}", "b1", "phone", Medium.INTERACTIVE, By.AGENT, "苏禾", clock.now(),
                contact_point_id=point.id, outcome=Outcome.CONNECTED,
            )  # fmt: skip
            contact.reserve(conn, made)
    assert [one.code for one in may_call(database, clock).reasons] == ["cap_connected_today"]


def test_the_brief_tells_what_is_owed_promised_and_why(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, days=45)
    break_promises(database, clock, 2)
    sweep(database, clock)
    case_id = live(database).id
    found = brief(database, clock, case_id)
    assert found.person is not None
    assert (found.person.name, found.debt.bucket) == ("周*雨", "M2")
    assert found.debt.overdue_fen > 0
    assert (found.facts.promises_broken, found.profile) == (2, "首期未还")
    assert {"broken_promises", "late_30", "first_payment_default"} <= {str(one["id"]) for one in found.case.why}
    assert len(found.promises) == 2


def test_a_stop_that_ended_is_told_of_and_holds_nothing_back(database: Database, clock: FrozenClock) -> None:
    case_id = stopped(database, clock, reason="complaint")
    (held,) = brief(database, clock, case_id).stops
    with database.transaction() as conn:
        resume(conn, pause_id=held.pause.id, by="苏禾", reason="已答复", now=clock.now(), policy=policy())
    after = brief(database, clock, case_id)
    assert after.call.allowed
    assert [one.pause.ended_by for one in after.stops] == ["苏禾"]


def test_there_is_no_brief_of_nothing(sqlite_database: Database, clock: FrozenClock) -> None:
    with pytest.raises(NotFound):
        brief(sqlite_database, clock, "case-none")

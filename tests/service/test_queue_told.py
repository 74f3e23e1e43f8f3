"""What people tell of a case, what it does, and how cases are counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from service.db import case as cases
from service.db import collect, contact, promise
from service.db.engine import Database
from service.db.tables.collect import outreach
from service.db.tables.queue import collection_case
from service.domain.collect.contact import Attempt, Outcome
from service.domain.collect.outreach import By, Medium
from service.domain.collect.queue import CaseState
from service.domain.errors import NotFound, Refused
from service.usecases.collect.send import mark_unknown
from service.usecases.ports import FrozenClock
from tests.service.collecting import owe, pay, plan_now, rows
from tests.service.queueing import break_promises, events, live, stopped, sweep, take, take_next, tell


def test_a_disposition_sets_its_stop_in_the_same_transaction_and_brings_no_second_case(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    break_promises(database, clock, 2)
    sweep(database, clock)
    case_id = live(database).id
    take(database, clock, case_id)
    with pytest.raises(Refused):
        tell(database, clock, case_id, "deceased", note=" ")
    closed = tell(database, clock, case_id, "deceased", note="家属接听，卡号 6222020000001234567")
    assert closed.state is CaseState.CLOSED
    with database.reading() as conn:
        (held,) = collect.open_pauses(conn, "b1")
    assert (held.reason.value, held.started_by) == ("deceased", "苏禾")
    assert "6222020000001234567" not in held.note + events(database, case_id)[-1].note
    assert {row["state"] for row in rows(database)} == {"cancelled"}
    assert sweep(database, clock) == 0


def test_a_promise_on_the_phone_is_a_promise_and_the_case_comes_back_the_day_after_it(
    database: Database, clock: FrozenClock
) -> None:
    case_id = stopped(database, clock)
    take(database, clock, case_id)
    with pytest.raises(Refused) as incomplete:
        tell(database, clock, case_id, "promised", amount_fen=50_000)
    assert incomplete.value.code == "promise_incomplete"
    with pytest.raises(Refused) as too_much:
        tell(database, clock, case_id, "promised", amount_fen=90_000_000, promised_on=date(2026, 11, 27))
    assert too_much.value.code == "amount_too_large"
    assert live(database).state is CaseState.HELD, "what was refused left nothing behind"
    done = tell(database, clock, case_id, "promised", amount_fen=50_000, promised_on=date(2026, 11, 27))
    assert done.next_action_on == date(2026, 11, 28)
    with database.reading() as conn:
        (made,) = promise.promises_of(conn, "b1")
    assert (made.amount_fen, made.due_on) == (50_000, date(2026, 11, 27))
    assert take_next(database, clock) is None, "it waits for its day"
    clock.instant += timedelta(days=5)
    assert take_next(database, clock) is not None


def test_a_case_is_not_closed_as_paid_while_something_is_overdue(database: Database, clock: FrozenClock) -> None:
    case_id = stopped(database, clock)
    take(database, clock, case_id)
    with pytest.raises(Refused) as owing:
        tell(database, clock, case_id, "paid")
    assert owing.value.code == "still_overdue"
    assert live(database).state is CaseState.HELD
    pay(database, clock=clock)
    assert tell(database, clock, case_id, "paid").state is CaseState.CLOSED


@pytest.mark.parametrize(
    ("code", "state", "outcome"),
    [("delivered", "sent", Outcome.DELIVERED), ("not_delivered", "failed", Outcome.NOT_DELIVERED)],
)
def test_a_person_settles_what_nobody_knew(
    database: Database, clock: FrozenClock, code: str, state: str, outcome: Outcome
) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    (row,) = rows(database)
    with database.transaction() as conn:
        conn.execute(update(outreach).values(state="claimed", claimed_at=clock.now()))
        made = Attempt("a", "b1", "inapp", Medium.WRITTEN, By.SYSTEM, "system", clock.now(), outreach_id=row["id"])
        contact.reserve(conn, made)
        mark_unknown(conn, now=clock.now())
    sweep(database, clock)
    case_id = live(database).id
    take(database, clock, case_id)
    tell(database, clock, case_id, code)
    with database.reading() as conn:
        attempt = contact.attempt_by_id(conn, "a")
    assert attempt is not None
    assert (rows(database)[0]["state"], attempt.outcome) == (state, outcome)


def test_figures_count_what_is_late_by_level(database: Database, clock: FrozenClock) -> None:
    urgent = stopped(database, clock, "b1", "crisis")
    stopped(database, clock, "b2", "dispute")
    take(database, clock, urgent)
    clock.instant += timedelta(hours=2)  # urgent was due within the hour; the lease is over
    with database.reading() as conn:
        found = cases.figures(conn, now=clock.now())
    assert (found.not_closed, found.ready, found.held, found.overdue) == (2, 2, 0, 1)
    assert found.by_level == {"urgent": 1, "normal": 1}
    assert found.overdue_by_level == {"urgent": 1}


def test_what_is_not_there_or_not_known_is_refused(sqlite_database: Database, clock: FrozenClock) -> None:
    case_id = stopped(sqlite_database, clock)
    take(sqlite_database, clock, case_id)
    for code, act in {
        "disposition_unknown": lambda: tell(sqlite_database, clock, case_id, "no_such"),
        "case_held_by_other": lambda: take(sqlite_database, clock, case_id, "顾清"),
        "case_not_held": lambda: tell(sqlite_database, clock, case_id, "refuses", by="顾清"),
        "person_required": lambda: take_next(sqlite_database, clock, "bot"),
    }.items():
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    with pytest.raises(NotFound):
        take(sqlite_database, clock, "case-none")


def test_the_database_itself_keeps_one_live_case_a_debtor(database: Database, clock: FrozenClock) -> None:
    stopped(database, clock)
    with database.reading() as conn:
        row: dict[str, Any] = dict(conn.execute(select(collection_case)).mappings().one())
    with pytest.raises(IntegrityError), database.transaction() as conn:
        conn.execute(insert(collection_case).values(**row | {"id": "second"}))

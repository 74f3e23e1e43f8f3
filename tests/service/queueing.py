"""Debtors whose cases people work on, for the tests of the queue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from service.db import case as cases
from service.db.engine import Database
from service.db.tables.collect import promise
from service.domain.collect.queue import CollectionCase, Event
from service.domain.days import business_date
from service.usecases.collect.pause import pause
from service.usecases.desk.open_cases import open_cases
from service.usecases.desk.work_case import Told, claim, claim_next, dispose
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import owe


def sweep(database: Database, clock: FrozenClock) -> int:
    return open_cases(database, clock=clock, policy=policy())


def stopped(database: Database, clock: FrozenClock, borrower_id: str = "b1", reason: str = "dispute") -> str:
    """A debtor with a stop that needs a person, in the queue; returns the case's id."""
    owe(database, clock=clock, borrower_id=borrower_id)
    with database.transaction() as conn:
        pause(conn, borrower_id=borrower_id, reason=reason, by="borrower", now=clock.now())
    sweep(database, clock)
    return live(database, borrower_id).id


def live(database: Database, borrower_id: str = "b1") -> CollectionCase:
    with database.reading() as conn:
        found = cases.live_of(conn, borrower_id)
    assert found is not None
    return found


def events(database: Database, case_id: str) -> tuple[Event, ...]:
    with database.reading() as conn:
        return cases.events_of(conn, case_id)


def take(database: Database, clock: FrozenClock, case_id: str, by: str = "苏禾") -> CollectionCase:
    with database.transaction() as conn:
        return claim(conn, case_id=case_id, by=by, now=clock.now(), policy=policy())


def take_next(database: Database, clock: FrozenClock, by: str = "苏禾") -> CollectionCase | None:
    with database.transaction() as conn:
        return claim_next(conn, by=by, now=clock.now(), policy=policy())


def tell(
    database: Database, clock: FrozenClock, case_id: str, code: str, *, by: str = "苏禾", **more: Any
) -> CollectionCase:
    told = Told(code=code, note=more.pop("note", "已联系客户"), **more)
    with database.transaction() as conn:
        return dispose(conn, case_id=case_id, by=by, told=told, now=clock.now(), policy=policy())


def break_promises(database: Database, clock: FrozenClock, times: int, borrower_id: str = "b1") -> None:
    with database.transaction() as conn:
        for number in range(times):
            made = clock.now().replace(day=1 + number)
            values = {"id": f"p-{borrower_id}-{number}", "key": f"k-{borrower_id}-{number}", "state": "broken"}
            more = {"conversation_id": "c", "amount_fen": 10_000, "due_on": business_date(made), "created_at": made}
            conn.execute(insert(promise).values(borrower_id=borrower_id, **values, **more))

"""A message costs a dozen statements, and a plan as many for ten debtors as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from service.channels.memory import MemorySender
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.service.collecting import owe, plan_now, send_now

AT_MOST = 12  # of a message: the lock, the debt, what is known, the claim, the attempt, and what became of both
DEBTORS = 5


@contextmanager
def counted(database: Database) -> Iterator[Callable[[], int]]:
    seen: list[str] = []

    def told(_conn: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith(("SELECT", "WITH", "INSERT", "UPDATE")):
            seen.append(sql)

    event.listen(database.engine, "before_cursor_execute", told)
    yield lambda: len(seen)
    event.remove(database.engine, "before_cursor_execute", told)


def test_a_message_takes_a_dozen_statements(database: Database, clock: FrozenClock) -> None:
    for number in range(DEBTORS):
        owe(database, clock=clock, borrower_id=f"b{number}")
    plan_now(database, clock)
    phone = MemorySender()
    with counted(database) as so_far:
        send_now(database, clock, phone)
        taken = so_far()
    assert len(phone.sent) == DEBTORS
    around = 3  # claims that were lost, the rows that wait, and that none waits any more
    assert taken <= DEBTORS * AT_MOST + around


def test_a_plan_takes_as_many_statements_for_many_debtors_as_for_one(database: Database, clock: FrozenClock) -> None:
    taken = []
    for debtors in (["one"], [f"of many {number}" for number in range(DEBTORS)]):
        for borrower_id in debtors:
            owe(database, clock=clock, borrower_id=borrower_id)
        with counted(database) as so_far:
            assert plan_now(database, clock) == len(debtors)
            taken.append(so_far())
    assert taken[0] == taken[1]

"""Whatever happens at the same time, a debtor gets one message, and a pause or a claim is whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from service.channels.memory import MemorySender
from service.db import collect_outreach as log
from service.db.engine import Database
from service.db.tables.collect import outreach
from service.usecases.collect import send
from service.usecases.ports import FrozenClock
from tests.service.collecting import owe, pay, plan_again, plan_now, reasons, rest, send_now, states


def test_two_workers_at_once_send_exactly_one_message(
    postgres_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Golden case F-race: each holds a row of one debtor that would be lawful alone, and looks slowly."""
    _look_slowly(monkeypatch)
    sender = MemorySender()
    owe(postgres_database, clock=clock)
    plan_now(postgres_database, clock)
    plan_again(postgres_database)
    with postgres_database.reading() as conn:
        waiting = [log._outreach(row) for row in conn.execute(select(outreach)).mappings()]
    mine = threading.local()
    monkeypatch.setattr(send.log, "next_planned", lambda _conn, **_: [mine.rows.pop()] if mine.rows else [])

    def work(row: Any) -> None:
        mine.rows = [row]
        send_now(postgres_database, clock, sender)

    _at_once([lambda row=row: work(row) for row in waiting])  # type: ignore[misc]
    assert len(sender.sent) == 1
    assert sorted(states(postgres_database)) == ["blocked", "sent"]


def test_two_workers_at_once_do_not_send_one_row_twice(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _look_slowly(monkeypatch)
    sender = MemorySender()
    debtors = [f"b{number}" for number in range(1, 4)]
    for borrower_id in debtors:
        owe(database, clock=clock, borrower_id=borrower_id)
    plan_now(database, clock)
    _at_once([lambda: send_now(database, clock, sender)] * 2)
    assert sorted(one.draft.borrower_id for one in sender.sent) == debtors


def test_a_pause_that_comes_while_the_gate_looks_waits_for_it(
    postgres_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is either claimed before the pause or cancelled by it; nobody acts on a state that is being changed."""
    looking = threading.Event()
    _look_slowly(monkeypatch, then=looking.set)
    owe(postgres_database, clock=clock)
    plan_now(postgres_database, clock)
    sender = MemorySender()

    def interrupt() -> None:
        looking.wait(10)
        rest(postgres_database, clock)

    _at_once([lambda: send_now(postgres_database, clock, sender), interrupt])
    assert states(postgres_database) == ["sent"]
    assert len(sender.sent) == 1


def test_a_payment_that_comes_while_the_gate_looks_is_posted_and_nothing_more_is_sent_after_it(
    postgres_database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = threading.Event()
    _look_slowly(monkeypatch, then=looking.set)
    owe(postgres_database, clock=clock)
    plan_now(postgres_database, clock)
    sender = MemorySender()

    def interrupt() -> None:
        looking.wait(10)
        pay(postgres_database, clock=clock)

    _at_once([lambda: send_now(postgres_database, clock, sender), interrupt])
    assert states(postgres_database) == ["sent"]
    plan_again(postgres_database)
    send_now(postgres_database, clock, sender)
    assert len(sender.sent) == 1
    assert reasons(postgres_database)[1] >= {"paid_meanwhile"}


def _look_slowly(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None] = lambda: None) -> None:
    real = send.draft_of

    def slowly(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        then()
        time.sleep(0.2)
        return found

    monkeypatch.setattr(send, "draft_of", slowly)


def _at_once(jobs: Sequence[Callable[[], Any]]) -> None:
    start = threading.Barrier(len(jobs))
    failures: list[BaseException] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            start.wait()
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []

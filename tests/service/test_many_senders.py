"""Eight workers on one queue, and payments that race with messages: PostgreSQL, transactions of their own."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from benchmarks.pay_or_send import LATE, MORNING, race
from benchmarks.portfolio import seed
from service.channels.memory import MemorySender
from service.db.engine import Database
from service.db.tables.collect import outreach
from service.db.tables.contact import contact_attempt
from service.usecases.ports import FrozenClock
from tests.service.collecting import plan_now, send_now

DEBTORS, WORKERS = 16, 8


def test_no_message_goes_out_after_the_payment_that_raced_with_it(postgres_database: Database) -> None:
    """`make prove-race` lets ten thousand race."""
    result = race(postgres_database, 200, dice=random.Random(7))
    assert result.after_payment == []
    assert min(result.sent, result.cancelled) > 0, "one of the two always came first: nothing raced"


@pytest.mark.parametrize("days", [1, 4])
def test_eight_workers_send_each_message_once_and_keep_the_caps(postgres_database: Database, days: int) -> None:
    """Every debtor has three rows of the day, as a planner with a mistake would leave them: one a day may go out, and
    three in a week."""
    seed(postgres_database, DEBTORS, LATE)
    senders = [MemorySender() for _ in range(WORKERS)]
    for day in range(days):
        clock = FrozenClock(MORNING + timedelta(days=day))
        planned_thrice(postgres_database, clock, day=day)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda sender, clock=clock: send_now(postgres_database, clock, sender, limit=500), senders))
    came = [one.draft for sender in senders for one in sender.sent]
    assert len({one.outreach_id for one in came}) == len(came)
    assert set(Counter(one.borrower_id for one in came).values()) == {min(days, 3)}
    assert sum(bool(sender.sent) for sender in senders) > 1
    with postgres_database.reading() as conn:
        states = Counter(conn.execute(select(outreach.c.state)).scalars())
        attempts = conn.execute(select(contact_attempt.c.outreach_id)).scalars().all()
    assert states == {"sent": len(came), "blocked": 3 * days * DEBTORS - len(came)}
    assert sorted(attempts) == sorted(one.outreach_id for one in came)


def planned_thrice(database: Database, clock: FrozenClock, *, day: int) -> None:
    if day == 0:
        assert plan_now(database, clock) == DEBTORS
    with database.transaction() as conn:
        first = conn.execute(select(outreach).where(outreach.c.business_date == MORNING.date()))
        rows = [dict(row) for row in first.mappings() if row["slot"] == MORNING.date().isoformat()]
        copies = (1, 2) if day == 0 else (1, 2, 3)
        made = [
            row
            | {"id": f"{day}-{copy}-{row['borrower_id']}", "slot": f"{day}-{copy}", "state": "planned", "reasons": []}
            | {"business_date": clock.now().date(), "not_before": clock.now(), "claimed_at": None, "sent_at": None}
            for row in rows
            for copy in copies
        ]
        conn.execute(insert(outreach), made)

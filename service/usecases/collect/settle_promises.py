"""At the close of day: every promise whose day is over is kept, partly kept or broken."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import collect
from service.usecases.collect.reconcile_promises import reconcile_promises


def settle_due_promises(conn: Connection, *, today: date, now: datetime) -> dict[str, int]:
    """How many were decided, by state; one whose money is on its way waits for it. Borrowers are taken in the order
    of their ids. Doing it again changes nothing."""
    decided: Counter[str] = Counter()
    for borrower_id in collect.borrowers_with_promise_over(conn, today=today):
        promise = reconcile_promises(conn, borrower_id=borrower_id, now=now, today=today)
        if promise is not None and promise.decided_at is not None:
            decided[promise.state.value] += 1
    return dict(decided)

"""At the close of day: every part of a promise whose day is over is kept, partly kept or broken."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import promise as kept
from service.domain.collect.promise import Cause, PromiseState, Why
from service.usecases.collect.reconcile_promises import reconcile_promises


def settle_due_promises(conn: Connection, *, today: date, now: datetime) -> dict[str, int]:
    """How many promises were decided, by state; one whose money is on its way waits for it. Borrowers are taken in
    the order of their ids. Doing it again changes nothing."""
    decided: Counter[str] = Counter()
    for borrower_id in kept.borrowers_with_part_over(conn, today=today):
        for one in reconcile_promises(conn, borrower_id=borrower_id, why=Why(Cause.DAY_OVER), now=now, today=today):
            if one.decided_at == now and one.state is not PromiseState.PENDING:
                decided[one.state.value] += 1
    return dict(decided)

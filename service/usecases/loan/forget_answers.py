"""Forgets the answers of requests that nobody will repeat any more; their effects stay in the ledger."""

from __future__ import annotations

from datetime import timedelta

from service.db import kept_answer
from service.db.engine import Database
from service.usecases.ports import Clock

KEPT = timedelta(days=45)  # callers are told 30
_AT_ONCE = 5_000  # rows a transaction, so that nobody waits for it


def forget_answers(database: Database, *, clock: Clock) -> int:
    """Returns how many were forgotten."""
    until, forgotten = clock.now() - KEPT, 0
    while True:
        with database.transaction() as conn:
            some = kept_answer.forget_before(conn, until, at_most=_AT_ONCE)
        forgotten += some
        if some < _AT_ONCE:
            return forgotten

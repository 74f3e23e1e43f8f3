"""What the ledger received decides a borrower's promise: after every payment, and when its day is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import collect
from service.db import loan as ledger
from service.domain.collect.promise import Promise, PromiseState, deadline, decide
from service.usecases.loan.payments import received_between


def reconcile_promises(conn: Connection, *, borrower_id: str, now: datetime, today: date) -> Promise | None:
    """Count what was paid since the pending promise was made, until the end of its day, and decide it if that is
    possible yet. Returns it as it stands now; None where none was pending. Doing it again changes nothing."""
    ledger.lock_borrower(conn, borrower_id)
    found = collect.pending_promise(conn, borrower_id)
    if found is None:
        return None
    paid_fen = received_between(conn, borrower_id=borrower_id, after=found.created_at, until=deadline(found.due_on))
    state = decide(found, paid_fen=paid_fen, today=today)
    decided_at = None if state is PromiseState.PENDING else now
    collect.set_promise(conn, found.id, state=state, paid_fen=paid_fen, decided_at=decided_at)
    return replace(found, state=state, paid_fen=paid_fen, decided_at=decided_at)

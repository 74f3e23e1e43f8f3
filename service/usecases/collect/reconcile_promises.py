"""What the ledger received decides a borrower's promise: after every payment, and when its day is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import collect, payment
from service.db import loan as ledger
from service.domain.collect.promise import Promise, PromiseState, deadline, decide
from service.usecases.loan.payments import received_between

SHORT = frozenset({PromiseState.PARTLY, PromiseState.BROKEN})


def reconcile_promises(
    conn: Connection, *, borrower_id: str, now: datetime, today: date, paid_at: datetime | None = None
) -> Promise | None:
    """Count what was paid since the pending promise was made, until the end of its day, and decide it if that is
    possible yet: not against the borrower while a payment that was started in time is on its way. Returns it as it
    stands now; None where none was pending. Doing it again changes nothing.

    `paid_at` is that of money posted just now. It may have been paid in time for a promise that was decided before
    it was heard of: the last one that fell short is then decided anew.
    """
    ledger.lock_borrower(conn, borrower_id)
    if paid_at is not None:
        _decide_anew(conn, borrower_id, paid_at=paid_at, now=now, today=today)
    found = collect.pending_promise(conn, borrower_id)
    if found is None:
        return None
    decided = _decided(conn, found, now=now, today=today)
    if decided.state in SHORT and _is_on_its_way(conn, found):
        decided = replace(decided, state=PromiseState.PENDING, decided_at=None)
    _keep(conn, decided)
    return decided


def _decide_anew(conn: Connection, borrower_id: str, *, paid_at: datetime, now: datetime, today: date) -> None:
    last = collect.last_short_promise(conn, borrower_id)
    if last is not None and last.created_at < paid_at <= deadline(last.due_on):
        _keep(conn, _decided(conn, last, now=now, today=today))


def _decided(conn: Connection, found: Promise, *, now: datetime, today: date) -> Promise:
    until = deadline(found.due_on)
    paid_fen = received_between(conn, borrower_id=found.borrower_id, after=found.created_at, until=until)
    state = decide(found, paid_fen=paid_fen, today=today)
    return replace(found, state=state, paid_fen=paid_fen, decided_at=None if state is PromiseState.PENDING else now)


def _is_on_its_way(conn: Connection, found: Promise) -> bool:
    order = payment.open_of(conn, found.borrower_id)
    return order is not None and order.created_at <= deadline(found.due_on)


def _keep(conn: Connection, promise: Promise) -> None:
    collect.set_promise(conn, promise.id, state=promise.state, paid_fen=promise.paid_fen, decided_at=promise.decided_at)

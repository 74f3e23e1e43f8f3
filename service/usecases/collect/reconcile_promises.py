"""What the ledger received decides a borrower's promises: after every payment, reversal, move and refund, in the same
transaction, and when a day is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import payment
from service.db import promise as kept
from service.domain.collect.promise import Cause, Event, Promise, PromiseState, Why
from service.domain.collect.reconciliation import reconciled
from service.domain.days import business_date

UNDECIDED = {PromiseState.PENDING}


def reconcile_promises(
    conn: Connection, *, borrower_id: str, why: Why, now: datetime, today: date
) -> tuple[Promise, ...]:
    """Decide every promise of the borrower anew by what the ledger has now, and keep in its history what changed and
    why; returns those that changed. A kept one is broken or pending again when its money is taken back. Not against
    the borrower while a payment that was started in time is on its way. Doing it again changes nothing.
    """
    ledger.lock_borrower(conn, borrower_id)
    promises = kept.promises_of(conn, borrower_id)
    if not promises:
        return ()
    received, refunds = kept.received(conn, borrower_id), kept.refunds(conn, borrower_id)
    begun_at = payment_begun_at(conn, borrower_id)
    changed = []
    # oldest first: one that is pending no more must be written before another becomes so
    for was in reversed(promises):
        stands = reconciled(was, received, refunds=refunds, today=today, on_its_way=begun_at)
        if stands != was:
            changed.append(keep_change(conn, was, stands, why=why, now=now))
    return tuple(changed)


def payment_begun_at(conn: Connection, borrower_id: str) -> datetime | None:
    """When the payment was begun whose outcome is not known yet, if there is one."""
    order = payment.open_of(conn, borrower_id)
    return order.created_at if order is not None else None


def keep_with(conn: Connection, *, borrower_id: str, payment_id: str, now: datetime) -> tuple[Promise, ...]:
    """`reconcile_promises` by a payment that was posted in this transaction."""
    why = Why(Cause.PAYMENT, payment_id)
    return reconcile_promises(conn, borrower_id=borrower_id, why=why, now=now, today=business_date(now))


def keep_change(conn: Connection, was: Promise, stands: Promise, *, why: Why, now: datetime) -> Promise:
    """Write down how a promise stands, and a line of its history. `decided_at` is the instant at which its state was
    last decided."""
    if stands.state is not was.state:
        stands = replace(stands, decided_at=None if stands.state in UNDECIDED else now)
    kept.keep_promise(conn, stands)
    kept.add_event(conn, stands.id, event_of(stands, was=was.state, why=why, now=now))
    return stands


def event_of(stands: Promise, *, was: PromiseState | None, why: Why, now: datetime) -> Event:
    parts = tuple((one.no, one.state, one.kept_fen) for one in stands.parts)
    return Event(at=now, why=why, was=was, state=stands.state, paid_fen=stands.paid_fen, parts=parts)

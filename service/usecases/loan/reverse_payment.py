"""A payment is taken back: it bounced, was charged back, or was never the borrower's. As if it had not been made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_event as log
from service.db import loan_journal as journal
from service.domain.errors import NotFound
from service.usecases.loan.post_event import cancel, locked_book
from service.usecases.loan.post_payments import event_key


@dataclass(frozen=True, slots=True)
class Reversal:
    """`duplicate`: the payment had been taken back before, and nothing was done."""

    payment_id: str
    borrower_id: str
    amount_fen: int
    reversed_at: datetime
    duplicate: bool


def reverse_payment(conn: Connection, *, payment_id: str, by: str, reason: str, now: datetime) -> Reversal:
    """Later payments are allocated anew, interest and days past due follow. A payment is taken back at most once.

    `reason` is kept: bounced, charged_back, wrong_account, or words. Raises NotFound (payment_unknown), Refused
    (later_refund) where money of it has been refunded since.
    """
    found = journal.receipt_of(conn, payment_id)
    if found is None:
        raise NotFound("没有找到这笔还款。", code="payment_unknown")
    locked_book(conn, found.borrower_id)
    kept = log.event_of(conn, event_key(payment_id))
    assert kept is not None, "a receipt comes with its event"
    if kept.cancelled:
        again = journal.receipt_of(conn, payment_id)
        assert again is not None
        assert again.reversed_at is not None
        return Reversal(payment_id, found.borrower_id, found.amount_fen, again.reversed_at, duplicate=True)
    cancel(conn, kept, key=f"reversal:{kept.event.key}", by=by, reason=reason, now=now)
    journal.mark_reversed(conn, payment_id, now=now)
    return Reversal(payment_id, found.borrower_id, found.amount_fen, now, duplicate=False)

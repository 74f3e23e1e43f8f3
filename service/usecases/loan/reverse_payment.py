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

# The bank has taken the money, whether we like it or not. What is corrected for other causes is a mistake of ours: that
# makes nobody our debtor for money that we gave him.
TAKEN_BY_THE_BANK = frozenset({"bounced", "charged_back"})


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

    `reason` is kept: bounced, charged_back, wrong_account, or words; these may follow after a colon. What was refunded
    of it since, the borrower owes where it bounced or was charged back. Raises NotFound (payment_unknown), Refused
    (later_refund) where it was refunded since and the cause is another.
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
    owed = reason.partition(":")[0] in TAKEN_BY_THE_BANK
    key = f"reversal:{kept.event.key}"
    cancel(conn, kept, key=key, by=by, reason=reason, now=now, owed_if_refunded=owed)
    journal.mark_reversed(conn, payment_id, now=now)
    return Reversal(payment_id, found.borrower_id, found.amount_fen, now, duplicate=False)

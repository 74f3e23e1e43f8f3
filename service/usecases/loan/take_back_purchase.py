"""A purchase is taken back: it was returned, or never the borrower's. As if it had not been made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_event as log
from service.domain.errors import NotFound
from service.domain.loan.book import Book
from service.usecases.loan.post_event import cancel, locked_book
from service.usecases.loan.purchase import event_key


def take_back_purchase(conn: Connection, *, purchase_id: str, by: str, reason: str, now: datetime) -> Book:
    """Statements, interest and payments follow; what was paid for it goes to whatever else is owed, or to suspense.
    Again, nothing is done.

    Raises NotFound (purchase_unknown), Refused (later_refund) where money of the borrower has been refunded since.
    """
    kept = log.event_of(conn, event_key(purchase_id))
    if kept is None:
        raise NotFound("没有找到这笔消费。", code="purchase_unknown")
    book = locked_book(conn, kept.borrower_id)
    again = log.event_of(conn, event_key(purchase_id))  # under the lock: another may have been first
    assert again is not None, "events are never deleted"
    if again.cancelled:
        return book
    return cancel(conn, again, key=f"reversal:{again.event.key}", by=by, reason=reason, now=now)

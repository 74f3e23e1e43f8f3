"""Money that was posted to the wrong borrower goes to the right one, with the day on which it was paid."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_journal as journal
from service.domain.errors import NotFound, Refused
from service.usecases.loan.post_event import locked_book
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.post_payments import Receipt
from service.usecases.loan.reverse_payment import reverse_payment

REASON = "wrong_account"
LONGEST_ID = 128  # of a payment, as its receipt keeps it


def move_payment(conn: Connection, *, payment_id: str, to: str, by: str, reason: str = "", now: datetime) -> Receipt:
    """Take the payment back from whoever has it and post it to borrower `to`, in one transaction; again, the first
    receipt is returned. `reason` is kept in words beside where the money went.

    Raises NotFound (payment_unknown, borrower_unknown), Refused (same_borrower, moved_already, later_refund).
    """
    found = journal.receipt_of(conn, payment_id)
    if found is None:
        raise NotFound("没有找到这笔还款。", code="payment_unknown")
    if found.borrower_id == to:
        raise Refused("这笔还款已经在这位客户名下，不用转移。", code="same_borrower")
    for borrower_id in sorted(
        (found.borrower_id, to)
    ):  # always in this order, so that two moves never wait in a circle
        locked_book(conn, borrower_id)
    done = reverse_payment(conn, payment_id=payment_id, by=by, reason=f"{REASON}:{to} {reason}".strip(), now=now)
    if done.duplicate and journal.receipt_of(conn, _moved(payment_id, to)) is None:
        raise Refused("这笔还款已经撤销或转移过，请核对最新状态。", code="moved_already")
    return post_payment(
        conn,
        payment_id=_moved(payment_id, to),
        borrower_id=to,
        amount_fen=found.amount_fen,
        paid_at=found.paid_at,
        channel=found.channel,
        now=now,
    )


def _moved(payment_id: str, to: str) -> str:
    """The payment's id and whom it went to; one that has grown too long by bank references and moves is a digest."""
    moved_id = f"{payment_id}>{to}"
    return moved_id if len(moved_id) <= LONGEST_ID else f"moved-{hashlib.sha256(moved_id.encode()).hexdigest()}"

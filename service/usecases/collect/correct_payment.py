"""A payment is taken back, moved or given back; in the same transaction what was promised is decided anew, and that the
borrowers are to be told is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_journal as journal
from service.db import payment_news
from service.domain.collect.promise import Cause, Why
from service.domain.days import business_date
from service.usecases.collect.reconcile_promises import reconcile_promises
from service.usecases.loan import adjust
from service.usecases.loan.adjust import Order
from service.usecases.loan.move_payment import REASON as WRONG_ACCOUNT
from service.usecases.loan.move_payment import move_payment
from service.usecases.loan.post_payments import Receipt
from service.usecases.loan.reverse_payment import Reversal, reverse_payment


def take_back(conn: Connection, *, payment_id: str, by: str, reason: str, now: datetime) -> Reversal:
    """`reverse_payment`: what was kept with the money is not kept any more. Raises what that raises."""
    done = reverse_payment(conn, payment_id=payment_id, by=by, reason=reason, now=now)
    _decide(conn, Why(Cause.REVERSAL, payment_id), done.borrower_id, now=now)
    if not done.duplicate:
        cause = reason.partition(":")[0]
        payment_news.add_reversed(conn, payment_id=payment_id, borrower_id=done.borrower_id, cause=cause, now=now)
    return done


def move(conn: Connection, *, payment_id: str, to: str, by: str, reason: str, now: datetime) -> Receipt:
    """`move_payment`: the money keeps the promises of whoever paid it, as of its day. Raises what that raises."""
    found = journal.receipt_of(conn, payment_id)
    receipt = move_payment(conn, payment_id=payment_id, to=to, by=by, reason=reason, now=now)
    assert found is not None, "what is moved was posted"
    for borrower_id in sorted((found.borrower_id, to)):
        _decide(conn, Why(Cause.MOVED, receipt.payment_id), borrower_id, now=now)
    if not receipt.duplicate:
        whose = found.borrower_id
        payment_news.add_reversed(conn, payment_id=payment_id, borrower_id=whose, cause=WRONG_ACCOUNT, now=now)
        payment_news.add_received(conn, [(receipt.payment_id, to)], now=now)
    return receipt


def give_back(conn: Connection, order: Order, *, borrower_id: str, amount_fen: int) -> None:
    """`adjust.refund`: what went back keeps no promise. Raises what that raises."""
    adjust.refund(conn, order, borrower_id=borrower_id, amount_fen=amount_fen)
    _decide(conn, Why(Cause.REFUND, order.key), borrower_id, now=order.now)


def _decide(conn: Connection, why: Why, borrower_id: str, *, now: datetime) -> None:
    reconcile_promises(conn, borrower_id=borrower_id, why=why, now=now, today=business_date(now))

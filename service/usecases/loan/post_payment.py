"""Posting one payment to the ledger: once, whole, and with a receipt that a repeat gets again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.domain.errors import XiaoqingError
from service.domain.loan.payment import Share
from service.usecases.loan.plan_payment import PaymentPlan
from service.usecases.loan.post_payments import Payment, Receipt, post_payments


def post_payment(
    conn: Connection,
    *,
    payment_id: str,
    borrower_id: str,
    plan_or_shares: PaymentPlan | Sequence[Share] | None = None,
    amount_fen: int,
    paid_at: datetime,
    channel: str,
    now: datetime,
) -> Receipt:
    """Age the borrower's loans to the day of `paid_at`, then post the payment to the shares given (None: in the order
    on which his contracts agree). What a share cannot use any more goes to whatever else is due, then to suspense.
    Money of an earlier day than the ledger has reached counts from that day: what came after it is allocated anew.

    The same id with the same request gives the first receipt again. Raises KeyReused for another request, NotFound
    for an unknown borrower, Refused (amount_not_positive, shares_exceed_amount).
    """
    shares = plan_or_shares.shares if isinstance(plan_or_shares, PaymentPlan) else plan_or_shares
    meant = None if shares is None else tuple(shares)
    payment = Payment(payment_id, borrower_id, amount_fen, paid_at, channel, meant)
    (answer,) = post_payments(conn, [payment], now=now)
    if isinstance(answer, XiaoqingError):
        raise answer
    return answer

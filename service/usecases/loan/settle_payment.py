"""Settles a payment order: money that the gateway took is posted to the ledger once, a failure is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import payment
from service.db.engine import Database
from service.domain.errors import NotFound, Refused
from service.domain.loan.payment_order import Order, OrderState, PaymentCallback, Step, step
from service.usecases.loan.post_payment import Receipt, post_payment
from service.usecases.ports import Clock

CHANNEL = "gateway"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an order. `receipt` where money was posted just now; `duplicate` where nothing was done."""

    order: Order
    receipt: Receipt | None
    duplicate: bool


Hook = Callable[[Connection, Settlement], None]


def settle_payment(
    database: Database, *, callback: PaymentCallback, clock: Clock, hooks: tuple[Hook, ...] = ()
) -> Settlement:
    """Apply a verified callback in one transaction together with its hooks, which run once per outcome.

    A success after a failure still posts: the money was taken. A failure after a success changes nothing.
    Raises NotFound for an order that is not ours and Refused 'amount_mismatch' (kept in the log, not posted).
    """
    now = clock.now()
    with database.transaction() as conn:
        order = payment.locked(conn, callback.order_id)
        if order is None:
            raise NotFound("没有这笔还款。")
        what = step(order, callback)
        payment.log_callback(conn, callback, step=what, now=now)
        settlement = _take(conn, order, callback, what=what, now=now)
        if not settlement.duplicate:
            for hook in hooks:
                hook(conn, settlement)
    if what is Step.MISMATCH:
        raise Refused("支付渠道的金额与还款单不一致，未入账，需要人工核对。", code="amount_mismatch")
    return settlement


def _take(conn: Connection, order: Order, callback: PaymentCallback, *, what: Step, now: datetime) -> Settlement:
    if what in {Step.NOTHING, Step.MISMATCH}:
        return Settlement(order=order, receipt=None, duplicate=True)
    succeeded = what is Step.POST
    state = OrderState.SUCCEEDED if succeeded else OrderState.FAILED
    reason = "" if succeeded else callback.reason
    payment.decide(conn, order.id, state=state, reference=callback.reference, reason=reason, at=now)
    receipt = _post(conn, order, paid_at=callback.paid_at or now, now=now) if succeeded else None
    settled = payment.by_id(conn, order.id)
    assert settled is not None
    return Settlement(order=settled, receipt=receipt, duplicate=False)


def _post(conn: Connection, order: Order, *, paid_at: datetime, now: datetime) -> Receipt:
    return post_payment(
        conn,
        payment_id=order.id,
        borrower_id=order.borrower_id,
        plan_or_shares=order.shares,
        amount_fen=order.amount_fen,
        paid_at=min(paid_at, now),
        channel=CHANNEL,
        now=now,
    )

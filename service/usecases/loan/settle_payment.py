"""Settles a payment order: money that the gateway took is posted to the ledger once, a failure is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import payment, quote
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.payment_order import Order, OrderState, PaymentCallback, Step, step
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.post_payments import Receipt
from service.usecases.ports import Clock

CHANNEL = "gateway"
SAME_DAY_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an order. `receipt` where money was posted just now; `duplicate` where nothing was done;
    `mismatch_fen` is what the gateway says it took where that is not what was ordered, and nothing was posted."""

    order: Order
    receipt: Receipt | None
    duplicate: bool
    mismatch_fen: int | None = None


Hook = Callable[[Connection, Settlement], None]


def settle_payment(
    database: Database, *, callback: PaymentCallback, clock: Clock, hooks: tuple[Hook, ...] = ()
) -> Settlement:
    """Apply a verified callback in one transaction together with its hooks, which run once per outcome.

    A success after a failure still posts: the money was taken. A failure after a success changes nothing. Another
    amount than was ordered is kept in the log and not posted; the hooks are told of an order's first one, so that
    a person hears of it. Money that was taken within an hour of its order counts from the order, so that what was
    confirmed before midnight is worth what the borrower was told; later money counts from when it was taken.
    Raises NotFound for an order that is not ours and Refused 'amount_mismatch'.
    """
    now = clock.now()
    with database.transaction() as conn:
        order = payment.locked(conn, callback.order_id)
        if order is None:
            raise NotFound("没有这笔还款。")
        what = step(order, callback)
        told_before = payment.mismatches_of(conn, order.id)
        payment.log_callback(conn, callback, step=what, now=now)
        settlement = _take(conn, order, callback, what=what, now=now)
        if what is Step.MISMATCH and not told_before:
            settlement = replace(settlement, duplicate=False, mismatch_fen=callback.amount_fen)
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
    # a gateway's clock may be wrong: nothing is taken before it is asked for, nor before it is told
    taken_at = max(order.created_at, min(callback.paid_at or now, now))
    paid_at = _counts_from(conn, order, taken_at)
    receipt = _post(conn, order, paid_at=paid_at, now=now) if succeeded else None
    settled = payment.by_id(conn, order.id)
    assert settled is not None
    return Settlement(order=settled, receipt=receipt, duplicate=False)


def _counts_from(conn: Connection, order: Order, paid_at: datetime) -> datetime:
    """When the payment counts from: what was confirmed within a quote's validity is worth what was quoted, though
    the gateway took the money only after midnight. An order that had failed in between was let go of by both. Without
    a quote money counts from its order where it was taken soon after it, over a midnight."""
    if order.quote_id is None:
        over_midnight = business_date(paid_at) > business_date(order.created_at)
        soon = paid_at - order.created_at <= SAME_DAY_WITHIN
        return order.created_at if over_midnight and soon else paid_at
    if not order.is_open:
        return paid_at
    found = quote.by_id(conn, order.quote_id)
    assert found is not None, "quotes are never deleted"
    return min(paid_at, found.offer.valid_until)


def _post(conn: Connection, order: Order, *, paid_at: datetime, now: datetime) -> Receipt:
    return post_payment(
        conn,
        payment_id=order.id,
        borrower_id=order.borrower_id,
        plan_or_shares=order.shares,
        amount_fen=order.amount_fen,
        paid_at=paid_at,
        channel=CHANNEL,
        now=now,
    )

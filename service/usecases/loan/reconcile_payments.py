"""Asks the gateway about payments that nothing was heard of, so that no order waits for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db import payment
from service.db.engine import Database
from service.domain.errors import Refused, Unavailable
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, PaymentCallback
from service.usecases.loan.settle_payment import Hook, settle_payment
from service.usecases.loan.start_payment import PaymentGateway
from service.usecases.ports import Clock

BATCH = 50
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
NEVER_ARRIVED_AFTER = timedelta(seconds=60)
NEVER_ARRIVED = "支付请求没有送达支付渠道，没有扣款，请重新发起还款"


def reconcile_payments(
    database: Database, *, gateway: PaymentGateway, clock: Clock, hooks: tuple[Hook, ...] = (), limit: int = BATCH
) -> int:
    """Ask about at most `limit` open orders whose time has come; returns how many have an outcome now.

    Each is asked again after as long as it has waited, at least 5 seconds, at most 5 minutes. An order that the
    gateway never heard of within a minute has failed; should its money come all the same, it is still posted.
    """
    now = clock.now()
    with database.reading() as conn:
        orders = payment.to_query(conn, now=now, limit=limit)
    return sum(_ask_about(database, order, gateway=gateway, clock=clock, hooks=hooks) for order in orders)


def _ask_about(
    database: Database, order: Order, *, gateway: PaymentGateway, clock: Clock, hooks: tuple[Hook, ...]
) -> int:
    now = clock.now()
    with database.transaction() as conn:  # before asking: a round that dies here asks the others first
        payment.query_later(conn, order.id, next_query_at=now + _pause(order, now))
    try:
        answer = gateway.query(order_id=order.id)
    except Unavailable:
        return 0
    outcome = _outcome(order, answer, now=now)
    if outcome is None:
        return 0
    try:
        settle_payment(database, callback=outcome, clock=clock, hooks=hooks)
    except Refused:  # another amount than ordered: kept in the log for a person
        return 0
    return 1


def _outcome(order: Order, answer: GatewayAnswer, *, now: datetime) -> PaymentCallback | None:
    if answer.state is GatewayState.SUCCEEDED:
        amount_fen = -1 if answer.amount_fen is None else answer.amount_fen
        return _told(order, answer, succeeded=True, amount_fen=amount_fen, reason="")
    if answer.state is GatewayState.FAILED:
        return _told(order, answer, succeeded=False, amount_fen=order.amount_fen, reason=answer.reason)
    if answer.state is GatewayState.UNKNOWN and now - order.created_at >= NEVER_ARRIVED_AFTER:
        return _told(order, answer, succeeded=False, amount_fen=order.amount_fen, reason=NEVER_ARRIVED)
    return None


def _told(order: Order, answer: GatewayAnswer, *, succeeded: bool, amount_fen: int, reason: str) -> PaymentCallback:
    return PaymentCallback(
        id=f"query-{order.id}"[:64],
        order_id=order.id,
        succeeded=succeeded,
        amount_fen=amount_fen,
        reference=answer.reference,
        reason=reason,
        paid_at=answer.paid_at,
    )


def _pause(order: Order, now: datetime) -> timedelta:
    return max(SHORTEST, min(now - order.created_at, LONGEST))

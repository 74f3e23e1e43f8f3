"""Starts a payment: the order is kept first, then the gateway is asked for the money."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.db import payment
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import KeyReused, Refused, Unavailable
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, OrderState
from service.domain.money import spoken_yuan
from service.usecases.loan.plan_payment import PaymentKind, plan_payment
from service.usecases.ports import Clock

FIRST_QUERY_AFTER = timedelta(seconds=5)


class PaymentGateway(Protocol):
    """Takes money from a borrower's account. Both raise `Unavailable`; both may be asked again."""

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int) -> GatewayAnswer:
        """Ask for the money. The same order_id again is the same order."""

    def query(self, *, order_id: str) -> GatewayAnswer:
        """What became of an order."""


def start_payment(
    database: Database,
    *,
    conversation_id: str,
    borrower_id: str,
    kind: PaymentKind,
    amount_fen: int | None,
    key: str,
    gateway: PaymentGateway,
    clock: Clock,
) -> Order:
    """One order per key, asked for at the gateway; `amount_fen` only where kind is 'amount'.

    A gateway that does not answer leaves the order pending: the money may have been taken, and
    `reconcile_payments` asks later. Raises KeyReused where the key came with another request, Refused with
    'payment_pending' while another payment of the borrower is on its way, and whatever `plan_payment` refuses.
    """

    def keep() -> Order:
        with database.transaction() as conn:
            return _kept_or_new(
                conn,
                key=key,
                conversation_id=conversation_id,
                borrower_id=borrower_id,
                kind=kind,
                asked_fen=amount_fen,
                now=clock.now(),
            )

    try:
        order = keep()
    except IntegrityError:  # another request was first with this key or this borrower; now its order is seen
        order = keep()
    if order.state is not OrderState.CREATED:
        return order
    return _ask(database, order, gateway=gateway, now=clock.now())


def order_of(conn: Connection, *, order_id: str, borrower_id: str) -> Order | None:
    """The borrower's own order, None where it does not exist or is another's."""
    order = payment.by_id(conn, order_id)
    return order if order is not None and order.borrower_id == borrower_id else None


def _kept_or_new(
    conn: Connection,
    *,
    key: str,
    conversation_id: str,
    borrower_id: str,
    kind: PaymentKind,
    asked_fen: int | None,
    now: datetime,
) -> Order:
    kept = payment.by_key(conn, key)
    if kept is not None:
        if not kept.same_wish(conversation_id=conversation_id, borrower_id=borrower_id, kind=kind, asked_fen=asked_fen):
            raise KeyReused("这个请求编号已用于另一笔还款，请重新发起还款。")
        return kept
    _refuse_second(conn, borrower_id)
    plan = plan_payment(conn, borrower_id=borrower_id, kind=kind, amount_fen=asked_fen, today=business_date(now))
    order = Order(
        id=_order_id(key),
        key=key,
        conversation_id=conversation_id,
        borrower_id=borrower_id,
        kind=kind,
        asked_fen=asked_fen,
        amount_fen=plan.amount_fen,
        to_suspense_fen=plan.to_suspense_fen,
        shares=plan.shares,
        state=OrderState.CREATED,
        gateway_reference="",
        failure_reason="",
        created_at=now,
    )
    payment.add(conn, order, next_query_at=now + FIRST_QUERY_AFTER)
    return order


def _refuse_second(conn: Connection, borrower_id: str) -> None:
    waiting = payment.open_of(conn, borrower_id)
    if waiting is not None:
        raise Refused(
            f"您有一笔 {spoken_yuan(waiting.amount_fen)} 元的还款正在处理中，请等它有结果后再发起新的还款。",
            code="payment_pending",
        )


def _ask(database: Database, order: Order, *, gateway: PaymentGateway, now: datetime) -> Order:
    try:
        answer = gateway.create(order_id=order.id, borrower_id=order.borrower_id, amount_fen=order.amount_fen)
    except Unavailable:
        answer = GatewayAnswer(state=GatewayState.PENDING)
    with database.transaction() as conn:
        kept = payment.locked(conn, order.id)
        assert kept is not None, "orders are never deleted"
        if answer.state is GatewayState.FAILED and kept.is_open:
            failed = {"reference": answer.reference, "reason": answer.reason}
            payment.decide(conn, order.id, state=OrderState.FAILED, at=now, **failed)
        else:  # a success is posted by the gateway's callback or by reconcile_payments, in one place
            payment.asked(conn, order.id, reference=answer.reference)
        latest = payment.by_id(conn, order.id)
    assert latest is not None
    return latest


def _order_id(key: str) -> str:
    return "pay-" + hashlib.sha256(key.encode()).hexdigest()[:32]

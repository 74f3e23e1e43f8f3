"""Starts a payment: the order is kept first, then the gateway is asked for the money."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.db import kept_answer, payment
from service.db import loan as ledger
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import InProgress, KeyReused, Refused, Unavailable
from service.domain.loan.payment import Share
from service.domain.loan.payment_order import GatewayAnswer, GatewayState, Order, OrderState, PaymentCallback
from service.domain.loan.quote import Honoured, Offer, QuoteRefusal, honour
from service.domain.money import spoken_yuan
from service.usecases.loan.make_quote import offer_again, quote_of
from service.usecases.loan.plan_payment import PaymentKind, plan_payment
from service.usecases.loan.settle_payment import Hook, settle_payment
from service.usecases.ports import Clock

FIRST_QUERY_AFTER = timedelta(seconds=5)
# Longer than a gateway may take to answer: an order that is still only kept after this was left by a crash.
ASKS_FOR_AT_MOST = timedelta(seconds=15)
TRIES = 3


class PaymentGateway(Protocol):
    """Takes money from a borrower's account. Both raise `Unavailable`; both may be asked again."""

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int, card: str = "") -> GatewayAnswer:
        """Ask for the money, from the card of that token where one is named. The same order_id again is the same
        order."""

    def query(self, *, order_id: str) -> GatewayAnswer:
        """What became of an order."""


def start_payment(
    database: Database,
    *,
    conversation_id: str,
    borrower_id: str,
    kind: PaymentKind | None = None,
    amount_fen: int | None = None,
    quote_id: str | None = None,
    key: str,
    gateway: PaymentGateway,
    clock: Clock,
    hooks: tuple[Hook, ...] = (),
    card: str = "",
) -> Order:
    """One order per key, asked for at the gateway: either what a quote says, to the fen and share by share, or what
    a kind comes to now (`amount_fen` only where it is 'amount').

    A gateway that does not answer leaves the order pending: the money may have been taken, and
    `reconcile_payments` asks later. One that refuses at once settles the order as failed, with the `hooks` that every
    outcome has. A key that is known is answered with its order before anything is compared.

    Raises KeyReused where the key came with another request, InProgress while the first request with the key is being
    kept or still asking the gateway, Refused with 'payment_pending' while another payment of the borrower is on its
    way, and whatever `plan_payment` refuses; by a quote also NotFound 'quote_unknown' and
    Refused 'quote_expired', 'quote_changed' or 'quote_used'.
    """
    wish = _Wish(conversation_id, borrower_id, kind, amount_fen, quote_id)

    def keep() -> tuple[Order, bool]:
        with database.transaction() as conn:
            return _kept_or_new(conn, key=key, wish=wish, now=clock.now())

    order, is_new = _tried_again(keep)
    if order.state is not OrderState.CREATED:
        return order
    if not is_new and clock.now() - order.created_at < ASKS_FOR_AT_MOST:
        amount = spoken_yuan(order.amount_fen)
        raise InProgress(f"{amount} 元的还款已经提交，正在处理中，请稍等片刻，不要重复付款。")
    return _ask(database, order, gateway=gateway, clock=clock, hooks=hooks, card=card)


def order_of(conn: Connection, *, order_id: str, borrower_id: str) -> Order | None:
    """The borrower's own order, None where it does not exist or is another's."""
    order = payment.by_id(conn, order_id)
    return order if order is not None and order.borrower_id == borrower_id else None


@dataclass(frozen=True, slots=True)
class _Wish:
    conversation_id: str
    borrower_id: str
    kind: PaymentKind | None
    asked_fen: int | None
    quote_id: str | None


@dataclass(frozen=True, slots=True)
class _Decided:
    """What an order is about: the amounts and shares, and what they were decided by."""

    kind: str
    asked_fen: int | None
    amount_fen: int
    to_suspense_fen: int
    shares: tuple[Share, ...]


def _tried_again(keep: Callable[[], tuple[Order, bool]]) -> tuple[Order, bool]:
    """Where another request was first with the key or the borrower, the next look sees its order; that may have
    failed meanwhile, and yet another one been first again. Raises Unavailable where it never ends."""
    for _ in range(TRIES):
        try:
            return keep()
        except IntegrityError:
            continue
    raise Unavailable("还款请求太多，请稍后再试。")


def _kept_or_new(conn: Connection, *, key: str, wish: _Wish, now: datetime) -> tuple[Order, bool]:
    """The order of the key, and whether it was made just now. Its key is kept with it, in this transaction."""
    if not kept_answer.take(conn, scope="payment", key=key):
        raise InProgress("这笔还款正在处理中，请稍等片刻，不要重复付款。")
    # Held, so that no payment is posted between the figures and the order, nor another order of the borrower made.
    ledger.lock_borrower(conn, wish.borrower_id)
    kept = payment.by_key(conn, key)
    if kept is not None:
        if not kept.same_wish(**asdict(wish)):
            raise KeyReused("这个请求编号已用于另一笔还款，请重新发起还款。")
        return kept, False
    decided = _by_kind(conn, wish, now) if wish.quote_id is None else _by_quote(conn, wish, wish.quote_id, now)
    order = Order(
        id=_order_id(key),
        key=key,
        conversation_id=wish.conversation_id,
        borrower_id=wish.borrower_id,
        kind=decided.kind,
        asked_fen=decided.asked_fen,
        amount_fen=decided.amount_fen,
        to_suspense_fen=decided.to_suspense_fen,
        shares=decided.shares,
        state=OrderState.CREATED,
        gateway_reference="",
        failure_reason="",
        created_at=now,
        quote_id=wish.quote_id,
    )
    payment.add(conn, order, next_query_at=now + FIRST_QUERY_AFTER)
    return order, True


def _by_kind(conn: Connection, wish: _Wish, now: datetime) -> _Decided:
    assert wish.kind is not None, "a wish is a quote or a kind"
    _refuse_second(conn, wish.borrower_id)
    today = business_date(now)
    plan = plan_payment(conn, borrower_id=wish.borrower_id, kind=wish.kind, amount_fen=wish.asked_fen, today=today)
    return _Decided(wish.kind, wish.asked_fen, plan.amount_fen, plan.to_suspense_fen, plan.shares)


def _by_quote(conn: Connection, wish: _Wish, quote_id: str, now: datetime) -> _Decided:
    """The quote's own figures, or its refusal."""
    found = quote_of(conn, quote_id=quote_id, borrower_id=wish.borrower_id)
    used = any(one.uses_quote for one in payment.by_quote(conn, quote_id))
    current = offer_again(conn, found.offer, today=business_date(now))
    answer = honour(found, borrower_id=wish.borrower_id, current=current, used=used, now=now)
    if isinstance(answer, QuoteRefusal):
        raise Refused(answer.detail, code=answer.code)
    _refuse_second(conn, wish.borrower_id)
    return _decided_by(answer, found.offer)


def _decided_by(honoured: Honoured, offer: Offer) -> _Decided:
    return _Decided(offer.kind, offer.asked_fen, honoured.amount_fen, honoured.to_suspense_fen, honoured.shares)


def _refuse_second(conn: Connection, borrower_id: str) -> None:
    waiting = payment.open_of(conn, borrower_id)
    if waiting is not None:
        raise Refused(
            f"您有一笔 {spoken_yuan(waiting.amount_fen)} 元的还款正在处理中，请等它有结果后再发起新的还款。",
            code="payment_pending",
        )


def _ask(
    database: Database, order: Order, *, gateway: PaymentGateway, clock: Clock, hooks: tuple[Hook, ...], card: str
) -> Order:
    try:
        answer = gateway.create(
            order_id=order.id, borrower_id=order.borrower_id, amount_fen=order.amount_fen, card=card
        )
    except Unavailable:
        answer = GatewayAnswer(state=GatewayState.PENDING)
    if answer.state is GatewayState.FAILED:
        return settle_payment(database, callback=_refusal(order, answer), clock=clock, hooks=hooks).order
    with database.transaction() as conn:  # a success is posted by the callback or by reconcile_payments, in one place
        payment.asked(conn, order.id, reference=answer.reference)
        latest = payment.by_id(conn, order.id)
    assert latest is not None, "orders are never deleted"
    return latest


def _refusal(order: Order, answer: GatewayAnswer) -> PaymentCallback:
    return PaymentCallback(
        id=f"create-{order.id}"[:64],
        order_id=order.id,
        succeeded=False,
        amount_fen=order.amount_fen,
        reference=answer.reference,
        reason=answer.reason,
    )


def _order_id(key: str) -> str:
    return "pay-" + hashlib.sha256(key.encode()).hexdigest()[:32]

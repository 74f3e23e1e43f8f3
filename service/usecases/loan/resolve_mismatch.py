"""Ends a payment order about whose amount the gateway and we disagreed, once a person has found out what is true."""

from __future__ import annotations

from service.db import payment
from service.db.engine import Database
from service.domain.errors import NotFound, Refused
from service.domain.loan.payment_order import OrderState
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.settle_payment import CHANNEL, Hook, Settlement
from service.usecases.ports import Clock

NOT_TAKEN = "经人工核对，这笔还款没有扣款"


def resolve_mismatch(
    database: Database, *, order_id: str, taken_fen: int | None, clock: Clock, hooks: tuple[Hook, ...] = ()
) -> Settlement:
    """Post what was really taken, oldest due first, or let the order fail (None: nothing was taken, or it was given
    back), in one transaction with the hooks of every outcome.

    Money counts from when the gateway first told of it. Raises NotFound, Refused: no_mismatch (there is nothing to
    resolve: the order has an outcome, or the gateway never told of such an amount).
    """
    now = clock.now()
    with database.transaction() as conn:
        order = payment.locked(conn, order_id)
        if order is None:
            raise NotFound("没有这笔还款。")
        told = payment.mismatches_of(conn, order_id)
        if not order.is_open or not told or (taken_fen is not None and taken_fen not in told):
            raise Refused(
                "这笔还款没有需要人工核对的金额，或支付渠道没有报过这个金额，请核对后重试。", code="no_mismatch"
            )
        state = OrderState.FAILED if taken_fen is None else OrderState.SUCCEEDED
        reason = NOT_TAKEN if taken_fen is None else ""
        payment.decide(conn, order_id, state=state, reference="", reason=reason, at=now)
        receipt = None
        if taken_fen is not None:
            receipt = post_payment(
                conn,
                payment_id=order_id,
                borrower_id=order.borrower_id,
                amount_fen=taken_fen,
                paid_at=min(told[taken_fen], now),
                channel=CHANNEL,
                now=now,
            )
        settled = payment.by_id(conn, order_id)
        assert settled is not None, "orders are never deleted"
        settlement = Settlement(order=settled, receipt=receipt, duplicate=False)
        for hook in hooks:
            hook(conn, settlement)
    return settlement

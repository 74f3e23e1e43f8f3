"""Brings a person in where the gateway took another amount than was ordered, and tells the borrower so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.desk.hours import Hours
from service.domain.money import spoken_yuan
from service.usecases.chat.say import say
from service.usecases.desk.hand_over import hand_over
from service.usecases.loan.settle_payment import Settlement

REASON = "amount_mismatch"


def check_mismatch(conn: Connection, settlement: Settlement, *, hours: Hours, now: datetime) -> int:
    """In the transaction that keeps the gateway's word; returns the id of the turn that tells the borrower.

    `settlement` is one with a `mismatch_fen`.
    """
    order, taken_fen = settlement.order, settlement.mismatch_fen
    assert taken_fen is not None, "only a mismatch is checked"
    ordered, taken = spoken_yuan(order.amount_fen), spoken_yuan(taken_fen)
    brief = (
        f"支付金额不一致：还款单 {order.id} 是 {ordered} 元，支付渠道称收到 {taken} 元，没有入账，请与支付渠道核对。"
    )
    hand_over(conn, conversation_id=order.conversation_id, reason=REASON, brief=brief, now=now)
    return say(
        conn,
        conversation_id=order.conversation_id,
        message_id=f"receipt:{order.id}:mismatch",
        text=(
            f"您的 {ordered} 元还款，支付渠道传来的金额与您确认的不一致，我们还没有入账，已请人工核对"
            f"（服务时间：{hours}），有结果会在这里告诉您。核对期间请不要重复付款。"
        ),
        sender="system",
        now=now,
    )

"""Tells a borrower what became of a payment, in the conversation in which it was started."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.days import business_date
from service.domain.money import spoken_yuan
from service.usecases.chat.say import say
from service.usecases.loan.payoff import payoff
from service.usecases.loan.post_payments import Receipt
from service.usecases.loan.settle_payment import Settlement

LOOK = {"title": "查看账单", "payload": "/query_bill"}
AGAIN = {"title": "重新还款", "payload": "/repay_now"}
SETTLE = {"title": "还清剩余", "payload": '/repay_now{"amount_word": "all"}'}
PERSON = {"title": "转人工", "payload": "/human_agent"}


def tell_receipt(conn: Connection, settlement: Settlement, *, now: datetime) -> int:
    """Say it once an outcome, in the transaction that settles the order; returns the turn's id.

    Of a mismatch nothing is said here; that a person looks into it is the desk's to say.
    """
    order, receipt = settlement.order, settlement.receipt
    left_fen = _left_of_everything(conn, settlement, now=now)
    outcome = "failed" if receipt is None else "received"
    buttons = (AGAIN, PERSON) if receipt is None else (SETTLE, LOOK) if left_fen else (LOOK,)
    return say(
        conn,
        conversation_id=order.conversation_id,
        message_id=f"receipt:{order.id}:{outcome}",
        text=_failed(order.amount_fen, order.failure_reason)
        if receipt is None
        else received(receipt, left_fen=left_fen),
        buttons=buttons,
        card=None if receipt is None else receipt_card(receipt),
        sender="system",
        now=now,
    )


def _failed(amount_fen: int, reason: str) -> str:
    why = f"原因：{reason}。" if reason else ""
    return (
        f"抱歉，您刚才的 {spoken_yuan(amount_fen)} 元还款没有成功，没有从您的银行卡扣款。{why}"
        "您可以重新还款、换一个金额，或者转人工处理。"
    )


def _left_of_everything(conn: Connection, settlement: Settlement, *, now: datetime) -> int:
    """What is still to pay after a payment that was to settle everything, and came too late for its price."""
    if settlement.receipt is None or settlement.order.kind != "all":
        return 0
    return payoff(conn, borrower_id=settlement.order.borrower_id, today=business_date(now)).total_fen


def received(receipt: Receipt, *, left_fen: int = 0) -> str:
    """What came, what it paid for, what it settled and what is still overdue, in words."""
    parts = (
        ("本金", receipt.principal_fen),
        ("利息", receipt.interest_fen),
        ("罚息", receipt.penalty_fen),
        ("费用", receipt.fee_fen),
    )
    spent = "、".join(f"{name} {spoken_yuan(fen)} 元" for name, fen in parts if fen)
    lines = [f"已收到您的还款 {spoken_yuan(receipt.amount_fen)} 元。"]
    if spent:
        lines.append(f"其中还了{spent}。")
    if receipt.loans:
        lines.append("这笔借款已结清。" if len(receipt.loans) == 1 else f"这 {len(receipt.loans)} 笔借款已结清。")
    if left_fen:
        lines.append(f"这笔钱到账时应还的金额已有变化，还没有全部结清，还差 {spoken_yuan(left_fen)} 元。")
    if receipt.refund_claim_fen:
        lines.append(f"其中 {spoken_yuan(receipt.refund_claim_fen)} 元归还了此前已退给您、但原还款又被银行收回的款项。")
    if receipt.to_suspense_fen > 0:
        lines.append(f"多出的 {spoken_yuan(receipt.to_suspense_fen)} 元作为预存款保留，下个还款日自动抵扣。")
    if receipt.still_overdue_fen:
        lines.append(f"目前还有 {spoken_yuan(receipt.still_overdue_fen)} 元逾期未还。")
    else:
        lines.append("您目前没有逾期，谢谢您。")
    return "\n".join(lines)


def receipt_card(receipt: Receipt) -> dict[str, object]:
    """The same for rich surfaces."""
    return {
        "kind": "receipt",
        "amount_fen": receipt.amount_fen,
        "principal_fen": receipt.principal_fen,
        "interest_fen": receipt.interest_fen,
        "penalty_fen": receipt.penalty_fen,
        "fee_fen": receipt.fee_fen,
        "to_suspense_fen": receipt.to_suspense_fen,
        "refund_claim_fen": receipt.refund_claim_fen,
        "paid_at": receipt.paid_at.isoformat(),
        "still_overdue_fen": receipt.still_overdue_fen,
        "settled_loans": list(receipt.loans),
    }

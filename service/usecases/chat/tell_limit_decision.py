"""Tells a borrower how a person decided his application for a higher limit, in the conversation in which he applied."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import Outcome
from service.domain.money import spoken_yuan
from service.usecases.chat.say import say

LOOK = {"title": "查额度", "payload": "/query_credit_limit"}
PERSON = {"title": "转人工", "payload": "/human_agent"}


def tell_limit_decision(conn: Connection, decided: Application, *, now: datetime) -> int:
    """Say it once a decision, in the transaction that makes it; returns the turn's id."""
    approved = decided.state is Outcome.APPROVED
    at = decided.decided_at.isoformat() if decided.decided_at else ""
    return say(
        conn,
        conversation_id=decided.conversation_id,
        message_id=f"limit_decision:{decided.id}:{at}",
        text=words(decided),
        buttons=(LOOK,) if approved else (LOOK, PERSON),
        sender="system",
        now=now,
    )


def words(decided: Application) -> str:
    """What a person decided, and why."""
    return _approved(decided) if decided.state is Outcome.APPROVED else _refused(decided)


def _approved(decided: Application) -> str:
    why = "、".join(one["text"] for one in decided.reasons)
    granted = f"您的提额申请已由人工审核通过，额度调整为 {spoken_yuan(decided.amount_fen)} 元。"
    return f"{granted}{why}。请按自己的还款能力使用。" if why else f"{granted}请按自己的还款能力使用。"


def _refused(decided: Application) -> str:
    why = "；".join(one["text"] for one in decided.reasons)
    advice = "；".join(one["advice"] for one in decided.reasons if one["advice"])
    said = f"您的提额申请经人工审核，这次没有通过，原因是：{why}。现在的额度不受影响。"
    return f"{said}{advice}。" if advice else said

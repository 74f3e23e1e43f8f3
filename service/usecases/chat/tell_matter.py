"""Tells a borrower what a person found out about his dispute or complaint, in the conversation in which he filed it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.desk.matter import NAMES, OUTCOMES, Matter, MatterOutcome
from service.usecases.chat.say import say

BILL = {"title": "查账单", "payload": "/query_bill"}
PERSON = {"title": "转人工", "payload": "/human_agent"}


def tell_matter(conn: Connection, answered: Matter, *, now: datetime) -> int:
    """Say it once, in the transaction that answers; returns the turn's id."""
    return say(
        conn,
        conversation_id=answered.conversation_id,
        message_id=f"matter:{answered.id}",
        text=f"您的{NAMES[answered.kind]}（编号 {answered.reference}）有结果了。{result(answered)}",
        buttons=(BILL, PERSON),
        sender="system",
        now=now,
    )


def result(answered: Matter) -> str:
    """What was found, why, and what can be done about it. A matter that nobody has answered has none (KeyError)."""
    found = OUTCOMES[MatterOutcome(answered.outcome or "")]
    more = "有不清楚的地方可以转人工。"
    if answered.outcome is not MatterOutcome.UPHELD:
        more = "不同意这个结果，可以转人工补充材料，也可以拨打金融消费者投诉热线 12378。"
    said = answered.answer if answered.answer[-1:] in "。！？!?" else f"{answered.answer}。"
    return f"核实结果：{found}。{said}{more}"

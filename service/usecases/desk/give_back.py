"""Gives a conversation back to the bot and closes the request for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk
from service.domain.desk.handover import BOT, Agent, Owner, may_speak
from service.usecases.chat.say import say
from service.usecases.desk.holding import held


def give_back(conn: Connection, *, conversation_id: str, agent: Agent, now: datetime) -> None:
    """End the agent's part and tell the borrower. Raises NotFound, Refused(not_taken, held_by_other)."""
    held(conn, conversation_id=conversation_id, agent=agent, rule=may_speak)
    desk.set_owner(conn, conversation_id, owner=Owner(BOT), now=now)
    request = desk.open_handover(conn, conversation_id)
    if request is None:
        return
    desk.mark_closed(conn, request.id, now=now)
    say(
        conn,
        conversation_id=conversation_id,
        message_id=f"desk:{request.id}:closed",
        text="本次人工服务已结束，接下来由智能助手小清继续为您服务。需要人工时，随时回复“转人工”。",
        sender="system",
        now=now,
    )

"""Gives a conversation to one agent: from now on the bot is silent in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk
from service.domain.desk.handover import AGENT, Agent, Owner, may_take
from service.usecases.chat.say import say
from service.usecases.desk.hand_over import hand_over
from service.usecases.desk.holding import held

UNASKED = "agent_initiative"


def take(conn: Connection, *, conversation_id: str, agent: Agent, now: datetime) -> None:
    """Take it from the queue or from the bot, and tell the borrower. Taking one's own again changes nothing.

    Raises NotFound, Refused(held_by_other).
    """
    found = held(conn, conversation_id=conversation_id, agent=agent, rule=may_take)
    if found.owner == AGENT:
        return
    request = hand_over(conn, conversation_id=conversation_id, reason=UNASKED, now=now)
    desk.mark_taken(conn, request.id, agent_id=agent.id, now=now)
    desk.set_owner(conn, conversation_id, owner=Owner(AGENT, agent.id), now=now)
    say(
        conn,
        conversation_id=conversation_id,
        message_id=f"desk:{request.id}:taken",
        text=f"人工客服{agent.name}已接入，正在查看您的对话，请稍候。您可以继续补充情况。",
        sender="system",
        now=now,
    )

"""Finds out, with the conversation locked, whether this agent may do what he asks."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from service.db import chat, desk
from service.domain.chat.identity import Conversation
from service.domain.desk.handover import Agent, NotAllowed, Owner
from service.domain.errors import NotFound, Refused


class Rule(Protocol):
    """`may_take` or `may_speak`."""

    def __call__(self, owner: Owner, *, agent_id: str, holder_name: str) -> NotAllowed | None: ...


def held(conn: Connection, *, conversation_id: str, agent: Agent, rule: Rule) -> Conversation:
    """The conversation, if `rule` lets the agent go on. Raises NotFound, Refused(the rule's code)."""
    found = chat.locked_conversation(conn, conversation_id)
    if found is None:
        raise NotFound("没有找到这个会话，请返回列表重新选择。")
    holder = desk.agent_with_id(conn, found.agent) if found.agent else None
    refusal = rule(Owner(found.owner, found.agent), agent_id=agent.id, holder_name=holder.name if holder else "")
    if refusal is not None:
        raise Refused(refusal.detail, code=refusal.code)
    return found

"""Finds out, with the conversation locked, whether this agent may do what he asks."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from service.db import desk
from service.domain.desk.handover import Agent, NotAllowed, Owner
from service.domain.errors import NotFound, Refused


class Rule(Protocol):
    """`may_take` or `may_speak`."""

    def __call__(self, owner: Owner, *, agent_id: str, holder_name: str) -> NotAllowed | None: ...


def owner_for(conn: Connection, *, conversation_id: str, agent: Agent, rule: Rule) -> Owner:
    """The owner, if `rule` lets the agent go on. Raises NotFound, Refused(the rule's code)."""
    owner = desk.lock_owner(conn, conversation_id)
    if owner is None:
        raise NotFound("没有找到这个会话，请返回列表重新选择。")
    holder = desk.agent_with_id(conn, owner.agent) if owner.agent else None
    refusal = rule(owner, agent_id=agent.id, holder_name=holder.name if holder else "")
    if refusal is not None:
        raise Refused(refusal.detail, code=refusal.code)
    return owner

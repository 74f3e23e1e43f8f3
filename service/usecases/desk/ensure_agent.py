"""Makes sure that an agent exists with this name and this password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk, desk_token
from service.domain.desk.handover import Agent, AgentRole
from service.usecases.desk.passwords import hash_password, is_password


def ensure_agent(
    conn: Connection, *, agent_id: str, name: str, password: str, role: AgentRole | None = None, now: datetime
) -> Agent:
    """Create the agent, or bring him up to date; a changed password ends his log-ins and his tokens. Without a `role`
    he keeps the one he has, and a new one answers borrowers.

    Raises ValueError for an empty password: an agent without one could be anybody.
    """
    kept = desk.password_hash_of(conn, agent_id)
    if kept is None:
        made = hash_password(password)
        first = role or AgentRole.AGENT
        desk.add_agent(conn, agent_id=agent_id, name=name, password_hash=made, role=first, created_at=now)
        return Agent(agent_id, name, first, 0)
    changed = None if is_password(password, kept) else hash_password(password)
    desk.change_agent(conn, agent_id, name=name, role=role, password_hash=changed)
    if changed is not None:
        desk_token.revoke(conn, agent_id=agent_id, now=now)
    agent = desk.agent_with_id(conn, agent_id)
    assert agent is not None
    return agent

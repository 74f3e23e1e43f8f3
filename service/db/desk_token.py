"""Keeps the tokens of agents, by the hash of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from service.db.tables.desk import agent, agent_token
from service.domain.desk.agent_token import AgentToken, TokenRole

_ROW = agent_token.c
_TOKEN = select(
    _ROW.id, _ROW.agent_id, agent.c.name, _ROW.role, _ROW.created_at, _ROW.expires_at, _ROW.revoked_at
).join(agent, agent.c.id == _ROW.agent_id)


def add(conn: Connection, token: AgentToken, *, token_hash: str) -> None:
    conn.execute(
        insert(agent_token).values(
            id=token.id,
            agent_id=token.agent_id,
            token_hash=token_hash,
            role=token.role.value,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def with_hash(conn: Connection, token_hash: str) -> AgentToken | None:
    row = conn.execute(_TOKEN.where(_ROW.token_hash == token_hash)).one_or_none()
    return None if row is None else _token(row)


def every_token(conn: Connection) -> tuple[AgentToken, ...]:
    """The newest first."""
    return tuple(_token(row) for row in conn.execute(_TOKEN.order_by(_ROW.created_at.desc(), _ROW.id)))


def tokens_of(conn: Connection, agent_id: str) -> tuple[AgentToken, ...]:
    """All of an agent's, those that have ended included."""
    return tuple(_token(row) for row in conn.execute(_TOKEN.where(_ROW.agent_id == agent_id)))


def exists(conn: Connection, token_id: str) -> bool:
    return conn.execute(select(_ROW.id).where(_ROW.id == token_id)).first() is not None


def revoke(conn: Connection, *, now: datetime, token_id: str | None = None, agent_id: str | None = None) -> int:
    """End one token, or an agent's that have not ended; returns how many."""
    whose = _ROW.id == token_id if token_id is not None else _ROW.agent_id == agent_id
    counting = whose & _ROW.revoked_at.is_(None) & (_ROW.expires_at > now)
    return conn.execute(update(agent_token).where(counting).values(revoked_at=now)).rowcount


def _token(row: Row[Any]) -> AgentToken:
    token_id, agent_id, name, role, created_at, expires_at, revoked_at = row
    return AgentToken(token_id, agent_id, name, TokenRole(role), created_at, expires_at, revoked_at)

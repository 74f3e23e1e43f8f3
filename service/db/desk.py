"""Keeps agents and handovers, and sets who owns a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from service.db.tables.chat import conversation
from service.db.tables.desk import agent, handover
from service.domain.desk.handover import CLOSED, TAKEN, WAITING, Agent, Handover, Owner

_AGENT = (agent.c.id, agent.c.name, agent.c.role, agent.c.generation)


def agent_named(conn: Connection, name: str) -> tuple[Agent, str] | None:
    """The agent who logs in with `name`, and the hash of his password."""
    row = conn.execute(select(*_AGENT, agent.c.password_hash).where(agent.c.name == name)).one_or_none()
    return None if row is None else (Agent(*row[:4]), row.password_hash)


def agent_with_id(conn: Connection, agent_id: str) -> Agent | None:
    row = conn.execute(select(*_AGENT).where(agent.c.id == agent_id)).one_or_none()
    return None if row is None else Agent(*row)


def agent_names(conn: Connection) -> tuple[str, ...]:
    return tuple(conn.scalars(select(agent.c.name).order_by(agent.c.name)))


def password_hash_of(conn: Connection, agent_id: str) -> str | None:
    return conn.execute(select(agent.c.password_hash).where(agent.c.id == agent_id)).scalar_one_or_none()


def add_agent(
    conn: Connection, *, agent_id: str, name: str, password_hash: str, role: str, created_at: datetime
) -> None:
    conn.execute(
        insert(agent).values(
            id=agent_id, name=name, password_hash=password_hash, role=role, generation=0, created_at=created_at
        )
    )


def change_agent(
    conn: Connection, agent_id: str, *, name: str, role: str | None = None, password_hash: str | None = None
) -> None:
    """Rename or re-rank an agent; with a new password every log-in of his ends."""
    values: dict[str, Any] = {"name": name} | ({} if role is None else {"role": role})
    if password_hash is not None:
        values |= {"password_hash": password_hash, "generation": agent.c.generation + 1}
    conn.execute(update(agent).where(agent.c.id == agent_id).values(**values))


def end_log_ins(conn: Connection, agent_id: str) -> None:
    """Every log-in made before now stops counting."""
    conn.execute(update(agent).where(agent.c.id == agent_id).values(generation=agent.c.generation + 1))


def set_owner(conn: Connection, conversation_id: str, *, owner: Owner, now: datetime) -> None:
    """Whoever calls this has the conversation locked."""
    values = {"owner": owner.state, "agent": owner.agent, "updated_at": now}
    conn.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


def open_handover(conn: Connection, conversation_id: str) -> Handover | None:
    """The one request of a conversation that is not closed."""
    mine = (handover.c.conversation_id == conversation_id) & (handover.c.state != CLOSED)
    row = conn.execute(select(handover).where(mine)).one_or_none()
    return None if row is None else _handover(row)


def add_handover(conn: Connection, *, conversation_id: str, reason: str, brief: str, created_at: datetime) -> Handover:
    values = {"conversation_id": conversation_id, "reason": reason, "brief": brief, "created_at": created_at}
    made = conn.execute(insert(handover).values(state=WAITING, **values).returning(handover)).one()
    return _handover(made)


def change_reason(conn: Connection, handover_id: int, *, reason: str) -> None:
    conn.execute(update(handover).where(handover.c.id == handover_id).values(reason=reason))


def change_brief(conn: Connection, handover_id: int, *, brief: str) -> None:
    conn.execute(update(handover).where(handover.c.id == handover_id).values(brief=brief))


def mark_taken(conn: Connection, handover_id: int, *, agent_id: str, now: datetime) -> None:
    values = {"state": TAKEN, "taken_by": agent_id, "taken_at": now}
    conn.execute(update(handover).where(handover.c.id == handover_id).values(**values))


def mark_closed(conn: Connection, handover_id: int, *, now: datetime) -> None:
    conn.execute(update(handover).where(handover.c.id == handover_id).values(state=CLOSED, closed_at=now))


def waiting_until(conn: Connection, handover_id: int) -> int:
    """How many requests wait, from the oldest one to this one, both counted."""
    ahead = (handover.c.state == WAITING) & (handover.c.id <= handover_id)
    return conn.execute(select(func.count()).select_from(handover).where(ahead)).scalar_one()


def _handover(row: Row[Any]) -> Handover:
    return Handover(
        id=row.id,
        conversation_id=row.conversation_id,
        reason=row.reason,
        brief=row.brief,
        state=row.state,
        created_at=row.created_at,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        closed_at=row.closed_at,
    )

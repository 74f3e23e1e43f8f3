"""What the desk keeps: the agents, their tokens, and every request for a person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata

# SQLite counts up by itself only for INTEGER.
Counter = BigInteger().with_variant(Integer, "sqlite")
_OPEN = text("state <> 'closed'")

agent = Table(
    "agent",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),  # argon2id, with its own salt and parameters
    Column("role", String(16), nullable=False),
    Column("generation", Integer, nullable=False, server_default="0"),  # log-ins of older ones are over
    Column("created_at", UtcDateTime, nullable=False),
)

# For the operators' API. A token is shown once and kept as SHA-256 alone: it is 256 random bits, not a password.
agent_token = Table(
    "agent_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("agent_id", String(64), ForeignKey("agent.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),  # viewer | operator
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

handover = Table(
    "handover",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("reason", String(64), nullable=False),
    Column("brief", Text, nullable=False),
    Column("state", String(16), nullable=False),  # waiting | taken | closed
    Column("created_at", UtcDateTime, nullable=False),
    Column("taken_by", String(64), ForeignKey("agent.id")),
    Column("taken_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    # one open request a conversation, however often it is asked for
    Index("uq_handover_open", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_handover_state", "state", "id"),
)

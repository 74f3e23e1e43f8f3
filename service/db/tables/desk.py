"""What the desk keeps: the agents, their tokens, every request for a person, and what agents say a turn meant."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata

# SQLite counts up by itself only for INTEGER.
Counter = BigInteger().with_variant(Integer, "sqlite")
_OPEN = text("state <> 'closed'")
_COUNTS = text("replaced_at IS NULL")

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

# What an agent says a turn meant. A change is a new row: the one before gets `replaced_at` and stays.
turn_label = Table(
    "turn_label",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("turn_id", Counter, ForeignKey("turn.id"), nullable=False, index=True),
    Column("intent", String(64), nullable=False, server_default=""),  # empty where it is rejected
    Column("state", String(16), nullable=False),  # accepted | rejected
    Column("agent_id", String(64), ForeignKey("agent.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    # one label a turn, however many agents press at once
    Index("uq_turn_label_counts", "turn_id", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
    Index("ix_turn_label_state", "state", "created_at", sqlite_where=_COUNTS, postgresql_where=_COUNTS),
)

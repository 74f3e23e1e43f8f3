"""What is kept of conversations: who is at the other end, and every turn that was said in them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata

# SQLite counts up by itself only for INTEGER.
Counter = BigInteger().with_variant(Integer, "sqlite")

_OPEN = text("state IN ('received', 'claimed')")
_TO_SEND = text("state IN ('pending', 'unknown')")
_TYPED = text("direction = 'in' AND payload IS NULL AND intent <> ''")

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(16), nullable=False),  # inapp | wechat
    Column("channel_user_id", String(128), nullable=False),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), index=True),
    Column("verified_until", UtcDateTime),
    Column("owner", String(16), nullable=False, server_default="bot"),  # bot | waiting | agent
    Column("agent", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("channel", "channel_user_id"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("direction", String(3), nullable=False),  # in | out
    Column("sender", String(16), nullable=False),  # borrower | bot | outreach | agent | system
    Column("channel", String(16), nullable=False),
    Column("message_id", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("payload", Text),  # in: the button that was pressed; out: the template of an outreach
    Column("buttons", JSON, nullable=False),  # [{title, payload}]
    Column("card", JSON),
    Column("intent", String(64), nullable=False, server_default=""),
    Column("confidence", Float),
    Column("ranking", JSON),
    Column("entities", JSON),
    Column("state", String(16), nullable=False),  # in: received|claimed|answered|failed; out: pending|delivered|…
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_at", UtcDateTime),
    Column("claimed_by", String(64)),
    Column("next_attempt_at", UtcDateTime),
    Column("reply_to", Counter, ForeignKey("turn.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("failure", String(300), nullable=False, server_default=""),
    UniqueConstraint("channel", "message_id"),
    Index("ix_turn_conversation_id_id", "conversation_id", "id"),
    # The queues: small however long the transcripts grow.
    Index("ix_turn_open", "conversation_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    # What the borrowers typed and the bot read: the page of turns that need a look asks by time.
    Index("ix_turn_typed", "created_at", sqlite_where=_TYPED, postgresql_where=_TYPED),
    Index("ix_turn_to_send", "conversation_id", "id", sqlite_where=_TO_SEND, postgresql_where=_TO_SEND),
)

"""What is kept of WeChat accounts: the codes by which borrowers bind theirs, and all that was bound or allowed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

# A code is asked for where the borrower has logged in, and counts once, until `expires_at`.
wechat_code = Table(
    "wechat_code",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("openid", String(128)),  # whose WeChat it bound
    Index("ix_wechat_code_borrower_id", "borrower_id", "created_at"),
)

wechat_event = Table(
    "wechat_event",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id")),  # none: a code that nobody was given
    Column("contact_point_id", String(64), ForeignKey("contact_point.id")),
    Column("openid", String(128), nullable=False),
    Column("act", String(16), nullable=False),  # bound | unbound | refused | consented | withdrawn
    Column("by", String(64), nullable=False),  # borrower | wechat | system, or an agent's name
    Column("reason", String(64), nullable=False),  # why, or the template that a consent is for
    Column("note", String(500), nullable=False, server_default=""),  # what an agent wrote who ended it
    Column("message_id", String(200), nullable=False),  # of the message or event that said so; "" where none did
    Column("at", UtcDateTime, nullable=False),
    Index("ix_wechat_event_borrower_id_at", "borrower_id", "at"),
    Index("ix_wechat_event_openid_act_at", "openid", "act", "at"),
)

append_only(wechat_event)

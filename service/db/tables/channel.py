"""What is kept of channels: every receipt that a carrier gave, once, as it was told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

channel_receipt = Table(
    "channel_receipt",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("id", String(64), primary_key=True),  # the gateway's own; told again it is the same
    Column("outreach_id", String(64)),  # none: a reply of which only the number is known
    Column("borrower_id", String(64), ForeignKey("borrower.id")),
    # submitted | delivered | failed | connected | unanswered | voicemail | wrong_person | opted_out | reply
    Column("event", String(16), nullable=False),
    Column("reason", String(32)),
    Column("seconds", Integer),
    Column("address", String(128), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),  # by the gateway's clock
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_channel_receipt_outreach_id", "outreach_id"),
    Index("ix_channel_receipt_borrower_id_at", "borrower_id", "at"),
)

append_only(channel_receipt, told_again=True)

"""What is kept of automatic payment: the cards that may be charged, whether they are, and every change of it.

Of a card only its last four digits are kept; the gateway that knows its number calls it by `token`. The events are
written once and stay; `autopay` is what the last of them says.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

payment_card = Table(
    "payment_card",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("bank_name", String(64), nullable=False),
    Column("last_four", String(4), nullable=False),
    Column("token", String(255), nullable=False, unique=True),  # the gateway's name for the card
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("length(last_four) = 4", name="last_four_only"),
    Index("ix_payment_card_borrower_id", "borrower_id", "created_at"),
)

autopay = Table(
    "autopay",
    metadata,
    Column("borrower_id", String(64), ForeignKey("borrower.id"), primary_key=True),
    Column("version", Integer, nullable=False),  # the number of its last event
    Column("enabled", Boolean, nullable=False),
    Column("enabled_from", Date, nullable=False),  # the day from which it is so; before, it was the other way
    Column("card_id", String(64), ForeignKey("payment_card.id")),
    Column("card_from", Date),  # the day from which this card is charged
    Column("updated_at", UtcDateTime, nullable=False),
)

autopay_event = Table(
    "autopay_event",
    metadata,
    Column("borrower_id", String(64), ForeignKey("borrower.id"), primary_key=True),
    Column("no", Integer, primary_key=True),  # from 1
    Column("key", String(255), nullable=False),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked, to tell a repeat from a reuse
    Column("kind", String(16), nullable=False),  # switch | card
    Column("enabled", Boolean, nullable=False),
    Column("enabled_from", Date, nullable=False),
    Column("card_id", String(64), ForeignKey("payment_card.id")),
    Column("card_from", Date),
    Column("by", String(160), nullable=False),  # borrower, or a person's name
    Column("source", String(64), nullable=False),  # chat, or what else the change came through
    Column("conversation_id", String(64), nullable=False, server_default=""),
    Column("reason", String(500), nullable=False, server_default=""),  # in the words of who asked
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("borrower_id", "key"),
)

append_only(autopay_event)

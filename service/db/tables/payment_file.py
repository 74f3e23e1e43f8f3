"""What is kept of incoming money that a person has to look at: every such line of a bank's file, until it is posted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, String, Table, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata

_WAITS = text("posted_at IS NULL")

payment_set_aside = Table(
    "payment_set_aside",
    metadata,
    Column("reference", String(100), primary_key=True),  # the bank's own number of the payment
    Column("account", String(64), nullable=False),  # what the bank said whose it was
    Column("amount_fen", BigInteger, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("by", String(64), nullable=False),  # who had the file read
    Column("created_at", UtcDateTime, nullable=False),
    Column("posted_at", UtcDateTime),  # when a later file named its borrower, or a person accepted it
    Column("why", String(16), nullable=False, server_default="unknown_account"),  # or too_old
    Column("accepted_by", String(64), nullable=False, server_default=""),
    Column("accepted_why", String(500), nullable=False, server_default=""),
    Index("ix_payment_set_aside_waits", "created_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
)

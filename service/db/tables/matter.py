"""What is kept of disputes and complaints: each as the borrower said it, the day by which a person answers, and
what he answered."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from service.db.engine import UtcDateTime
from service.db.tables import metadata

matter = Table(
    "matter",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("request", String(64), nullable=False),  # SHA-256 of what was filed, to tell a repeat from a reuse
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("conversation_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # dispute | complaint
    Column("about", String(200), nullable=False),  # which loan or sum, or what a complaint is about
    Column("loan_id", String(64), ForeignKey("loan.id")),
    Column("words", Text, nullable=False),  # the borrower's own
    Column("answer_by", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("outcome", String(16)),  # upheld | partly | rejected
    Column("answer", Text, nullable=False, server_default=""),  # as the borrower reads it
    Column("answered_by", String(64), nullable=False, server_default=""),
    Column("answered_at", UtcDateTime),
    UniqueConstraint("borrower_id", "key"),
    Index("ix_matter_borrower_id", "borrower_id", "created_at"),
)

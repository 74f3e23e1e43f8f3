"""What is kept of requests that carry a key: the answer, in the same transaction as the effect it tells of."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from service.db.engine import UtcDateTime
from service.db.tables import metadata

kept_answer = Table(
    "kept_answer",
    metadata,
    Column("scope", String(80), primary_key=True),  # whose keys these are: two callers may choose the same
    Column("key", String(255), primary_key=True),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked, to tell a repeat from a reuse
    Column("answer", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

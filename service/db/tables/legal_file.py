"""What is kept of legal files: who took one of whom, when and why, and the hash by which it is known again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from service.db.engine import UtcDateTime
from service.db.tables import metadata

legal_file_export = Table(
    "legal_file_export",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("form", String(8), nullable=False),  # json | csv | pdf
    Column("made_by", String(64), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("via", String(16), nullable=False),  # api | console | cli
    Column("started_at", UtcDateTime, nullable=False),
    # Empty where the export did not come to its end: what was read by then is out all the same.
    Column("finished_at", UtcDateTime),
    Column("lines", BigInteger),
    Column("last_hash", String(64)),
)

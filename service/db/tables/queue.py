"""What people work on: a debtor's case, why it is there, all that was done with it, and wishes to contact others."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

_LIVE = text("state <> 'closed'")
_WAITING = text("state = 'waiting'")
_Counter = BigInteger().with_variant(Integer, "sqlite")

collection_case = Table(
    "collection_case",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),  # open | held | closed
    Column("level", String(32), nullable=False),
    Column("points", Integer, nullable=False),
    Column("why", JSON, nullable=False),  # [{id, label, points}]
    Column("opened_at", UtcDateTime, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("held_by", String(64)),
    Column("held_until", UtcDateTime),
    Column("next_action_on", Date),
    Column("disposition", String(32)),
    Column("closed_at", UtcDateTime),
    # one debtor, one case, so that two agents never work on him
    Index("uq_collection_case_live", "borrower_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_collection_case_next", "points", "due_at", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
)

# Why a case is there; what brought one is not brought again. Without a case: it was looked at and nothing was to do.
case_source = Table(
    "case_source",
    metadata,
    Column("source", String(16), primary_key=True),  # person | legal_review | unknown | stop | promises | handover
    Column("ref", String(64), primary_key=True),  # of the outreach, pause, promise or handover
    Column("case_id", String(64), ForeignKey("collection_case.id"), index=True),
    Column("at", UtcDateTime, nullable=False),
)

case_event = Table(
    "case_event",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("case_id", String(64), ForeignKey("collection_case.id"), nullable=False),
    Column("act", String(32), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("detail", JSON, nullable=False),
    Index("ix_case_event_case_id_id", "case_id", "id"),
    Index("ix_case_event_by_act_at", "by", "act", "at"),
)

# Who owes nothing is contacted only after two others agreed; their names are in contact_approval.
contact_request = Table(
    "contact_request",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case_id", String(64), ForeignKey("collection_case.id"), nullable=False, index=True),
    Column("contact_point_id", String(64), ForeignKey("contact_point.id"), nullable=False),
    Column("purpose", String(16), nullable=False),  # locate | relay
    Column("state", String(16), nullable=False),  # waiting | approved | rejected
    Column("reason", String(500), nullable=False),
    Column("words", Text, nullable=False),  # what will be said, as it passed the wording check
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Index(
        "uq_contact_request_waiting",
        "contact_point_id",
        "purpose",
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
)

append_only(case_event)

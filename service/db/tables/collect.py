"""What is kept of collection: promises, pauses, and every outreach with the reasons for what became of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

Counter = BigInteger().with_variant(Integer, "sqlite")
_PENDING = text("state = 'pending'")
_PLANNED = text("state = 'planned'")
_CLAIMED = text("state = 'claimed'")
_FOR_PEOPLE = text("state IN ('for_person', 'unknown')")
_OPEN = text("ended_at IS NULL")
_WAITING = text("state = 'waiting'")

promise = Table(
    "promise",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("conversation_id", String(64), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", String(16), nullable=False),  # pending | kept | partly | broken | cancelled
    Column("paid_fen", BigInteger, nullable=False, server_default="0"),
    Column("text", Text, nullable=False, server_default=""),  # the borrower's own words
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("replaced_at", UtcDateTime),  # when the borrower made the next one
    Index("uq_promise_one_pending", "borrower_id", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_promise_pending_due_on", "due_on", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

promise_part = Table(
    "promise_part",
    metadata,
    Column("promise_id", String(64), ForeignKey("promise.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("counts_until", Date, nullable=False),  # the due day and the days of grace given when it was promised
    Column("is_rest", Boolean, nullable=False, server_default=false()),  # promised as what was left
    Column("condition", String(64), nullable=False, server_default=""),  # the borrower's words, such as 发工资
    Column("state", String(16), nullable=False),  # as of a promise
    Column("kept_fen", BigInteger, nullable=False, server_default="0"),
    Column("decided_on", Date),
    Index("ix_promise_part_pending", "due_on", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

promise_event = Table(
    "promise_event",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("promise_id", String(64), ForeignKey("promise.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("cause", String(16), nullable=False),  # made | replaced | payment | reversal | moved | refund | day_over
    Column("reference", String(160), nullable=False, server_default=""),  # the payment, refund or newer promise
    Column("was", String(16)),
    Column("state", String(16), nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("parts", JSON, nullable=False),  # [[no, state, fen kept]]
)

pause = Table(
    "pause",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", String(64), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(64)),
    Column("end_reason", String(500)),
    Index("uq_pause_open", "borrower_id", "reason", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# A grave pause ends by two people: one asks, another one decides.
resume_request = Table(
    "resume_request",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("pause_id", String(64), ForeignKey("pause.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),  # waiting | approved | rejected
    Column("reason", String(500), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", UtcDateTime),
    Column("remark", String(500), nullable=False, server_default=""),
    Index("uq_resume_request_waiting", "pause_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
)

outreach = Table(
    "outreach",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("slot", String(64), nullable=False),  # the business date; "date/2" for the next channel that day
    Column("business_date", Date, nullable=False),
    Column("episode_on", Date, nullable=False),  # the due date it is about
    Column("kind", String(16), nullable=False),  # reminder | collection
    Column("tier", String(16), nullable=False),
    Column("step", String(32), nullable=False),
    Column("treatment", String(64), nullable=False, server_default=""),
    Column("basis", JSON),  # why this treatment: {profile, risk, score, offer, facts}
    Column("channel", String(16), nullable=False),
    Column("template", String(64), nullable=False),
    Column("template_version", String(64), nullable=False),
    Column("policy_version", String(160), nullable=False),
    # planned | claimed | sent | blocked | cancelled | unknown | failed | for_person
    Column("state", String(16), nullable=False),
    Column("reasons", JSON, nullable=False),  # [{code, detail, source}]
    Column("text", Text, nullable=False, server_default=""),  # as sent, or as it would have been
    Column("planned_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("decided_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("turn_id", BigInteger),
    UniqueConstraint("borrower_id", "slot"),
    Index("ix_outreach_planned_at", "planned_at"),
    Index("ix_outreach_planned", "not_before", "id", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
    Index("ix_outreach_claimed", "claimed_at", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
    Index("ix_outreach_for_people", "id", sqlite_where=_FOR_PEOPLE, postgresql_where=_FOR_PEOPLE),
)

append_only(promise_event)

"""What is kept of hardship: every proposal with its terms, the facts it was decided on, and what became of it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata

_WAITING = text("state = 'proposed'")
_ACTIVE = text("state = 'active'")

hardship_proposal = Table(
    "hardship_proposal",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked, to tell a repeat from a reuse
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("loan_id", String(64), ForeignKey("loan.id"), nullable=False, index=True),
    Column("conversation_id", String(64), nullable=False, server_default=""),
    Column("kind", String(16), nullable=False),  # defer | plan | reduce | stop
    Column("terms", JSON, nullable=False),
    Column("note", Text, nullable=False, server_default=""),  # the borrower's own words
    Column("facts", JSON, nullable=False),
    Column("findings", JSON, nullable=False),  # why a person decides: [{code, text, source}]
    Column("state", String(16), nullable=False),  # proposed | rejected | withdrawn | active | kept | broken | ended
    Column("policy_version", String(64), nullable=False),
    Column("decided_by", String(160), nullable=False, server_default=""),  # a person's name, or rule:<id>@<version>
    Column("reason", String(500), nullable=False, server_default=""),
    Column("advice", String(500), nullable=False, server_default=""),  # what else can be done, after a rejection
    Column("remark", String(500), nullable=False, server_default=""),  # for colleagues; never shown to the borrower
    Column("decided_at", UtcDateTime),
    Column("effect", JSON(none_as_null=True)),
    Column("begins_on", Date),
    Column("until_on", Date),  # the last day on which outreach rests; of a plan, its last due date
    Column("next_look_on", Date),
    Column("pause_id", String(64), ForeignKey("pause.id")),
    Column("outcome", String(500), nullable=False, server_default=""),  # why it ended
    Column("ended_on", Date),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("borrower_id", "key"),
    # One proposal on its way per loan, whatever two requests do at once.
    Index("uq_hardship_proposal_one_open", "loan_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_hardship_proposal_active", "next_look_on", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    Index("ix_hardship_proposal_ended_on", "ended_on"),
)

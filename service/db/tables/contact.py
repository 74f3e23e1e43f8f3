"""What is kept of reaching a debtor: his numbers and accounts, hours agreed with him, and every attempt by anybody."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

_STANDS = text("outcome <> 'not_delivered'")
_BOUND = text("kind = 'wechat' AND suppressed_at IS NULL")

contact_point = Table(
    "contact_point",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # phone | wechat
    Column("address", String(128), nullable=False),
    Column("target", String(16), nullable=False),  # debtor | contact
    Column("relation", String(32), nullable=False, server_default=""),  # of a contact, in the debtor's words
    Column("verified_at", UtcDateTime),
    Column("suppressed_at", UtcDateTime),  # wrong number, reassigned, opted out: nothing goes there any more
    Column("suppressed_reason", String(64)),
    Column("refused_at", UtcDateTime),  # a third party said no, once and for all
    Column("willing_at", UtcDateTime),  # a third party offered to pay
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("borrower_id", "kind", "address"),
    Index("ix_contact_point_address", "address", "kind"),
    # A WeChat account is one borrower's at a time.
    Index("uq_contact_point_wechat", "address", unique=True, sqlite_where=_BOUND, postgresql_where=_BOUND),
)

contact_terms = Table(
    "contact_terms",
    metadata,
    Column("borrower_id", String(64), ForeignKey("borrower.id"), primary_key=True),
    Column("agreed_from", Time),  # on the debtor's own clock; both or neither
    Column("agreed_until", Time),
    Column("timezone", String(64), nullable=False, server_default="Asia/Shanghai"),
    Column("agreed_at", UtcDateTime, nullable=False),
    Column("agreed_by", String(64), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("(agreed_from IS NULL) = (agreed_until IS NULL)", name="both_or_neither"),
)

# Every terms that ever held, oldest first; the row above is the last of them.
contact_terms_event = Table(
    "contact_terms_event",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("agreed_from", Time),
    Column("agreed_until", Time),
    Column("timezone", String(64), nullable=False),
    Column("agreed_at", UtcDateTime, nullable=False),
    Column("agreed_by", String(64), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

contact_attempt = Table(
    "contact_attempt",
    metadata,
    Column("id", String(128), primary_key=True),  # whoever asks again with it gets what it made
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("contact_point_id", String(64), ForeignKey("contact_point.id")),
    Column("outreach_id", String(64)),
    Column("channel", String(16), nullable=False),
    Column("medium", String(16), nullable=False),  # written | interactive | notice
    Column("kind", String(16), nullable=False),  # reminder | collection
    Column("purpose", String(16), nullable=False),  # collect | serve | locate | relay | pay
    Column("by_kind", String(16), nullable=False),  # system | agent | agency
    Column("by_name", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # unknown | connected | unanswered | not_delivered | delivered | voicemail | refused
    Column("outcome", String(16), nullable=False),
    Column("seconds", Integer),
    Column("reported_at", UtcDateTime),
    Column("policy_version", String(160), nullable=False, server_default=""),
    Column("reasons", JSON(none_as_null=True)),  # of a refusal: [{code, detail, source}]
    # An outreach has one attempt that stands; another only where the one before certainly did not arrive.
    Index("uq_contact_attempt_outreach_id", "outreach_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("ix_contact_attempt_outreach_id", "outreach_id"),
    Index("ix_contact_attempt_borrower_id_at", "borrower_id", "at"),
    Index("ix_contact_attempt_contact_point_id_at", "contact_point_id", "at"),
)

# Two people besides the one who calls allow one contact with somebody who owes nothing.
contact_approval = Table(
    "contact_approval",
    metadata,
    Column("contact_point_id", String(64), ForeignKey("contact_point.id"), primary_key=True),
    Column("purpose", String(16), primary_key=True),  # locate | relay | pay
    Column("approved_by", String(64), primary_key=True),
    Column("approved_at", UtcDateTime, primary_key=True),
    Column("reason", String(500), nullable=False),
)

append_only(contact_terms_event)
append_only(contact_approval, told_again=True)

"""What the ledger keeps: borrowers, lines, loans, their instalments, and the journal that everything follows from.

The journal is the truth and is append-only, balanced and sealed, by triggers on both databases. Instalment, loan
and deposit columns are its projection: they equal a replay of the journal at every commit, and what the history of
events makes.
"""

from __future__ import annotations

from itertools import chain

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    event,
    text,
)

from service.db.engine import ExactDecimal, UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import replace_guards, rowid_guard
from service.db.tables.journal_guards import JOURNAL_TRIGGERS

# SQLite counts up by itself only for INTEGER.
Counter = BigInteger().with_variant(Integer, "sqlite")


_TAG_OPEN = text("left_on IS NULL")


def _fen(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


borrower = Table(
    "borrower",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("phone", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    _fen("suspense_fen"),  # the deposit: what was paid and is not due yet
    _fen("refund_claim_fen"),  # what was refunded of money that his bank then took back
    Column("refund_claim_since", Date),
)

credit_line = Table(
    "credit_line",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("product_code", String(64), nullable=False),
    Column("product_name", String(64), nullable=False),
    Column("brand", String(64), nullable=False),
    Column("scene", String(64), nullable=False),
    # From here on the projection of its events (credit_line_event), as of event no. `version`.
    Column("version", Integer, nullable=False),
    Column("limit_fen", BigInteger, nullable=False),  # the base, without what is temporary
    _fen("temporary_fen"),
    Column("temporary_from", Date),
    Column("temporary_until", Date),  # the last day on which it counts
    Column("status", String(16), nullable=False),  # active | frozen | closed
    Column("status_reason", String(500), nullable=False, server_default=""),
    Column("freezes", JSON, nullable=False),  # [{code, reason, since}], each with its own reason to be lifted
    Column("created_at", UtcDateTime, nullable=False),
    Index(
        "ix_credit_line_temporary_until",
        "temporary_until",
        sqlite_where=text("temporary_until IS NOT NULL"),
        postgresql_where=text("temporary_until IS NOT NULL"),
    ),
)

loan = Table(
    "loan",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("credit_line_id", String(64), ForeignKey("credit_line.id"), nullable=False, index=True),
    Column("product_code", String(64), nullable=False),
    Column("product_name", String(64), nullable=False),
    Column("brand", String(64), nullable=False),
    Column("purpose", String(128), nullable=False),  # the title people see
    Column("principal_fen", BigInteger, nullable=False),
    Column("disbursed_on", Date, nullable=False),
    # The contract as it was signed: a later product table must not change it.
    Column("annual_rate", ExactDecimal, nullable=False),
    Column("method", String(32), nullable=False),
    Column("day_count", String(16), nullable=False),
    Column("periods", Integer, nullable=False),
    Column("due_day", Integer, nullable=False),
    Column("rounding", String(32), nullable=False),
    Column("penalty_rate", ExactDecimal, nullable=False),
    Column("grace_days", Integer, nullable=False),
    Column("grace_mode", String(32), nullable=False),
    Column("early_fee_rate", ExactDecimal, nullable=False),
    Column("allocation_order", String(64), nullable=False),  # "fee,penalty,interest,principal"
    Column("allocation_mode", String(16), nullable=False),
    Column("debt_order", String(16), nullable=False),  # oldest_due | civil_code_560
    Column("products_version", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # active | settled
    Column("settled_on", Date),
    Column("days_past_due", Integer, nullable=False, server_default="0"),
    Column("bucket", String(8), nullable=False, server_default="M0"),
    Column("aged_on", Date),
    Column("principal_first_from", Integer),
    Column("principal_grace_periods", Integer, nullable=False, server_default="0"),
    # 随借随还: the schedule's interest changes whenever principal is repaid, though never by days passing.
    Column("interest_by_day", Boolean, nullable=False),
    # Of an account (method revolving) alone: its terms, and its purchases that are unpaid or may still bear interest.
    Column("card", JSON(none_as_null=True)),
    Column("purchases", JSON(none_as_null=True)),
    Column("non_accrual", Boolean, nullable=False),
    Column("written_off_on", Date),
    Column("pauses", JSON(none_as_null=True)),  # days that do not count, NULL where there are none
    Column("plan", JSON(none_as_null=True)),  # the plan that runs, if any
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_loan_overdue", "days_past_due", postgresql_where=text("status = 'active'")),
)

instalment = Table(
    "instalment",
    metadata,
    Column("loan_id", String(64), ForeignKey("loan.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("due_on", Date, nullable=False),
    # The days its interest is for; a deferral moves due_on and leaves these.
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    _fen("principal_fen"),
    _fen("interest_fen"),
    _fen("fee_fen"),
    _fen("penalty_fen"),
    _fen("principal_paid_fen"),
    _fen("interest_paid_fen"),
    _fen("fee_paid_fen"),
    _fen("penalty_paid_fen"),
    _fen("recognised_interest_fen"),  # the part of interest_fen already in the journal
    _fen("penalty_fen_days"),  # Σ overdue principal × days: what penalty_fen is rounded from
    Column("penalty_days", Integer, nullable=False, server_default="0"),
    _fen("penalty_waived_fen"),
    _fen("interest_fen_days"),  # Σ principal × days: what interest_fen is rounded from, where interest is by the day
    # What an account's statement said of everything; NULL in its open cycle, and for all other loans.
    Column("stated_fen", BigInteger),
    Column("minimum_fen", BigInteger),
    Column("paid_on", Date),
    Index(
        "ix_instalment_unpaid",
        "due_on",
        sqlite_where=text("paid_on IS NULL"),
        postgresql_where=text("paid_on IS NULL"),
    ),
)

# What happened, as it was told: the ledger can be made anew from it. Days passing are not in it.
ledger_event = Table(
    "ledger_event",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("event_key", String(160), nullable=False, unique=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("effective_on", Date, nullable=False),  # the business date it counts from
    Column("body", JSON, nullable=False),
    Column("cancels_id", Counter, ForeignKey("ledger_event.id"), unique=True),  # of kind cancel: what is taken back
    Column("by", String(64), nullable=False),
    Column("reason", String(500), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_ledger_event_borrower_id_effective_on", "borrower_id", "effective_on"),
)

# An entry's lines are written before it: it seals them, and is refused where they do not balance.
journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("entry_key", String(240), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("event_key", String(160), nullable=False, server_default=""),
    Column("reverses_id", Counter, ForeignKey("journal_entry.id"), unique=True),
    Column("hash", String(64), nullable=False),  # over this entry and the hash of the borrower's entry before it
    Index("ix_journal_entry_borrower_id_id", "borrower_id", "id"),
)

journal_line = Table(
    "journal_line",
    metadata,
    Column(
        "entry_id",
        Counter,
        ForeignKey("journal_entry.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("account", String(24), nullable=False),
    Column("loan_id", String(64), ForeignKey("loan.id"), index=True),
    Column("instalment_no", Integer),
    Column("amount_fen", BigInteger, nullable=False),  # debit +, credit −; an entry's lines sum to zero
    CheckConstraint("amount_fen <> 0", name="amount_is_something"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("payment_id", String(128), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked, to tell a repeat from a reuse
    Column("channel", String(32), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    _fen("fee_fen"),
    _fen("penalty_fen"),
    _fen("interest_fen"),
    _fen("principal_fen"),
    _fen("to_suspense_fen"),
    _fen("refund_claim_fen"),  # what of it gave back refunds
    Column("settled_loans", JSON, nullable=False),
    _fen("still_overdue_fen"),
    Column("paid_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("reversed_at", UtcDateTime),
    Index("ix_receipt_borrower_paid_at", "borrower_id", "paid_at"),
)

ageing_tag = Table(
    "ageing_tag",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),  # a bucket may be entered twice on a day
    Column("loan_id", String(64), ForeignKey("loan.id"), nullable=False),
    Column("bucket", String(8), nullable=False),
    Column("entered_on", Date, nullable=False),
    Column("left_on", Date),
    Index("uq_ageing_tag_open", "loan_id", unique=True, sqlite_where=_TAG_OPEN, postgresql_where=_TAG_OPEN),
    Index("ix_ageing_tag_loan_id", "loan_id"),
)

day_close = Table(
    "day_close",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("counts", JSON, nullable=False),
    Column("failures", JSON, nullable=False),
)

hardship_plan = Table(
    "hardship_plan",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("loan_id", String(64), ForeignKey("loan.id"), nullable=False, index=True),
    Column("months", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("approved_by", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# A statement as it was first made. Where history is corrected later, instalments follow; what was told stays.
account_statement = Table(
    "account_statement",
    metadata,
    Column("loan_id", String(64), ForeignKey("loan.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("stated_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("stated_fen", BigInteger, nullable=False),
    Column("minimum_fen", BigInteger, nullable=False),
)


@event.listens_for(metadata, "after_create")
def _guard_the_journal(_target: object, connection: Connection, *, tables: list[Table], **_: object) -> None:
    """When all tables are there, for the triggers name several of them; not again where they were there before."""
    if journal_line in tables:
        for statement in JOURNAL_TRIGGERS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        if connection.dialect.name == "sqlite":  # by its key a line cannot be replaced: its entry is sealed
            of_tables = [replace_guards(table) for table in (journal_entry, ledger_event, account_statement)]
            for statement in (*chain.from_iterable(of_tables), rowid_guard(journal_line.name)):
                connection.exec_driver_sql(statement)

"""What the ledger keeps: borrowers, lines, loans, their instalments, and the journal that everything follows from.

The journal is the truth and is append-only, by triggers on both databases. Instalment, loan and deposit columns
are its projection: they equal a replay of the journal at every commit.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
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
    event,
    text,
)

from service.db.engine import ExactDecimal, UtcDateTime
from service.db.tables import metadata

# SQLite counts up by itself only for INTEGER.
Counter = BigInteger().with_variant(Integer, "sqlite")


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
    Column("limit_fen", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # active | frozen | closed
    Column("status_reason", String(200), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
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
    Column("products_version", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # active | settled
    Column("settled_on", Date),
    Column("days_past_due", Integer, nullable=False, server_default="0"),
    Column("bucket", String(8), nullable=False, server_default="M0"),
    Column("aged_on", Date),
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
    Column("paid_on", Date),
    Index(
        "ix_instalment_unpaid",
        "due_on",
        sqlite_where=text("paid_on IS NULL"),
        postgresql_where=text("paid_on IS NULL"),
    ),
)

journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("entry_key", String(160), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("business_date", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("reverses_id", Counter, ForeignKey("journal_entry.id"), unique=True),
)

journal_line = Table(
    "journal_line",
    metadata,
    Column("entry_id", Counter, ForeignKey("journal_entry.id"), primary_key=True, autoincrement=False),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("account", String(24), nullable=False),
    Column("loan_id", String(64), ForeignKey("loan.id"), index=True),
    Column("instalment_no", Integer),
    Column("amount_fen", BigInteger, nullable=False),  # debit +, credit −; an entry's lines sum to zero
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
    Column("settled_loans", JSON, nullable=False),
    _fen("still_overdue_fen"),
    Column("paid_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_receipt_borrower_paid_at", "borrower_id", "paid_at"),
)

ageing_tag = Table(
    "ageing_tag",
    metadata,
    Column("loan_id", String(64), ForeignKey("loan.id"), primary_key=True),
    Column("entered_on", Date, primary_key=True),
    Column("bucket", String(8), primary_key=True),
    Column("left_on", Date),
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

_JOURNAL = ("journal_entry", "journal_line")

APPEND_ONLY_SQLITE: tuple[str, ...] = tuple(
    f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in _JOURNAL
    for change in ("UPDATE", "DELETE")
)

APPEND_ONLY_POSTGRES: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()"
        for table in _JOURNAL
    ),
)

for _dialect, _statements in (("sqlite", APPEND_ONLY_SQLITE), ("postgresql", APPEND_ONLY_POSTGRES)):
    for _statement in _statements:
        # journal_line is made last of the two: it refers to journal_entry
        event.listen(journal_line, "after_create", DDL(_statement).execute_if(dialect=_dialect))

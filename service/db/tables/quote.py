"""What is kept of quotes: every one that was told, word for word; no row ever changes, by triggers on both databases.

Whether a quote was used is not written here: the payment order that used it names it.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import rowid_guard

quote = Table(
    "quote",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # bill | minimum | all | amount | payoff
    Column("business_date", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("content", Text, nullable=False),  # the canonical text that the hash is of; what is read back
    Column("hash", String(64), nullable=False),
    Column("issue", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # The same content within its validity is the same quote, whatever two requests do at once.
    UniqueConstraint("borrower_id", "hash", "issue"),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
)

APPEND_ONLY_SQLITE: tuple[str, ...] = (
    *(
        f"CREATE TRIGGER quote_refuses_{change.lower()} BEFORE {change} ON quote "
        "BEGIN SELECT RAISE(ABORT, 'quote is append-only'); END"
        for change in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes the row that is in its way without firing the trigger above.
    "CREATE TRIGGER quote_refuses_replace BEFORE INSERT ON quote "
    "WHEN EXISTS (SELECT 1 FROM quote WHERE id = NEW.id "
    "OR (borrower_id = NEW.borrower_id AND hash = NEW.hash AND issue = NEW.issue)) "
    "BEGIN SELECT RAISE(ABORT, 'quote is append-only'); END",
    rowid_guard("quote"),
)

APPEND_ONLY_POSTGRES: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION refuse_quote_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "CREATE TRIGGER quote_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON quote "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_quote_change()",
)

for _dialect, _statements in (("sqlite", APPEND_ONLY_SQLITE), ("postgresql", APPEND_ONLY_POSTGRES)):
    for _statement in _statements:
        event.listen(quote, "after_create", DDL(_statement).execute_if(dialect=_dialect))

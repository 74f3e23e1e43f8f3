"""What is kept of limits beside the lines themselves: every change of a line, applications for more, checked incomes.

The events are append-only, by triggers on both databases; a line's row is their projection.
"""

from __future__ import annotations

from sqlalchemy import DDL, JSON, BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, Text, event, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import replace_guards

_WAITING = text("state = 'referred'")

credit_line_event = Table(
    "credit_line_event",
    metadata,
    Column("line_id", String(64), ForeignKey("credit_line.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("key", String(255), nullable=False, unique=True),
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked, to tell a repeat from a reuse
    # opened | raised | lowered | temporary | temporary_ended | frozen | unfrozen | closed
    Column("kind", String(16), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),  # the new base, or the temporary part; 0 where it is no sum
    Column("from_on", Date),  # of a temporary part
    Column("until_on", Date),
    Column("reason_code", String(64), nullable=False),
    Column("reason", String(200), nullable=False),  # as the borrower reads it, in the words of that day
    Column("lifts", String(64), nullable=False, server_default=""),  # the code of the freeze that an unfrozen ends
    Column("made_by", String(160), nullable=False),  # a person's name, or rule:<id>@<version>
    Column("note", Text, nullable=False, server_default=""),  # for colleagues; never shown to the borrower
    Column("business_date", Date, nullable=False),  # the business date from which it counts
    Column("created_at", UtcDateTime, nullable=False),
)

limit_application = Table(
    "limit_application",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("request", String(64), nullable=False),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("line_id", String(64), ForeignKey("credit_line.id"), nullable=False, index=True),
    Column("conversation_id", String(64), nullable=False),
    Column("asked_fen", BigInteger, nullable=False),  # the base that is wanted
    Column("state", String(16), nullable=False),  # approved | refused | referred
    Column("amount_fen", BigInteger, nullable=False),  # the base that was granted; 0 where none was
    Column("facts", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),  # of the decision that holds: [{code, effect, text, advice, source}]
    Column("rules_version", String(64), nullable=False),
    Column("decided_by", String(160), nullable=False, server_default=""),  # "" while a person has yet to decide
    Column("note", Text, nullable=False, server_default=""),  # a person's, for colleagues; never shown to the borrower
    Column("by_rules", JSON, nullable=False),  # what the rules said: {outcome, amount_fen, points, reasons}
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("review_asked_at", UtcDateTime),
    # One application on its way per line, whatever two requests do at once.
    Index("uq_limit_application_one_open", "line_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
)

income_proof = Table(
    "income_proof",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("monthly_fen", BigInteger, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("checked_by", String(160), nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
)

APPEND_ONLY_SQLITE: tuple[str, ...] = (
    *(
        f"CREATE TRIGGER credit_line_event_refuses_{change.lower()} BEFORE {change} ON credit_line_event "
        "BEGIN SELECT RAISE(ABORT, 'credit_line_event is append-only'); END"
        for change in ("UPDATE", "DELETE")
    ),
    *replace_guards(credit_line_event),
)

APPEND_ONLY_POSTGRES: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION refuse_credit_line_event_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "CREATE TRIGGER credit_line_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_line_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_credit_line_event_change()",
)

for _dialect, _statements in (("sqlite", APPEND_ONLY_SQLITE), ("postgresql", APPEND_ONLY_POSTGRES)):
    for _statement in _statements:
        event.listen(credit_line_event, "after_create", DDL(_statement).execute_if(dialect=_dialect))

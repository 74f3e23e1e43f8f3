"""The first tables"""

from alembic import op
import sqlalchemy as sa


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What may not be changed is guarded in the database's own hands, too; an entry of the journal has to balance.
GUARDS_SQLITE = (
    "CREATE TRIGGER journal_entry_refuses_update BEFORE UPDATE ON journal_entry BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END",
    "CREATE TRIGGER journal_entry_refuses_delete BEFORE DELETE ON journal_entry BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END",
    "CREATE TRIGGER journal_line_refuses_update BEFORE UPDATE ON journal_line BEGIN SELECT RAISE(ABORT, 'journal_line is append-only'); END",
    "CREATE TRIGGER journal_line_refuses_delete BEFORE DELETE ON journal_line BEGIN SELECT RAISE(ABORT, 'journal_line is append-only'); END",
    "CREATE TRIGGER ledger_event_refuses_update BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END",
    "CREATE TRIGGER ledger_event_refuses_delete BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END",
    "CREATE TRIGGER account_statement_refuses_update BEFORE UPDATE ON account_statement BEGIN SELECT RAISE(ABORT, 'account_statement is append-only'); END",
    "CREATE TRIGGER account_statement_refuses_delete BEFORE DELETE ON account_statement BEGIN SELECT RAISE(ABORT, 'account_statement is append-only'); END",
    "CREATE TRIGGER journal_line_refuses_a_sealed_entry BEFORE INSERT ON journal_line WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) BEGIN SELECT RAISE(ABORT, 'the entry is sealed'); END",
    "CREATE TRIGGER journal_entry_refuses_imbalance BEFORE INSERT ON journal_entry WHEN (SELECT count(*) < 2 OR sum(amount_fen) <> 0 FROM journal_line WHERE entry_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the entry does not balance'); END",
    "CREATE TRIGGER quote_refuses_update BEFORE UPDATE ON quote BEGIN SELECT RAISE(ABORT, 'quote is append-only'); END",
    "CREATE TRIGGER quote_refuses_delete BEFORE DELETE ON quote BEGIN SELECT RAISE(ABORT, 'quote is append-only'); END",
    "CREATE TRIGGER quote_refuses_replace BEFORE INSERT ON quote WHEN EXISTS (SELECT 1 FROM quote WHERE id = NEW.id OR (borrower_id = NEW.borrower_id AND hash = NEW.hash AND issue = NEW.issue)) BEGIN SELECT RAISE(ABORT, 'quote is append-only'); END",
    "CREATE TRIGGER credit_line_event_refuses_update BEFORE UPDATE ON credit_line_event BEGIN SELECT RAISE(ABORT, 'credit_line_event is append-only'); END",
    "CREATE TRIGGER credit_line_event_refuses_delete BEFORE DELETE ON credit_line_event BEGIN SELECT RAISE(ABORT, 'credit_line_event is append-only'); END",
)
GUARDS_POSTGRES = (
    "CREATE OR REPLACE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()",
    "CREATE TRIGGER journal_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()",
    "CREATE TRIGGER ledger_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()",
    "CREATE TRIGGER account_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_statement FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()",
    "CREATE OR REPLACE FUNCTION refuse_sealed_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM added JOIN journal_entry ON journal_entry.id = added.entry_id) THEN RAISE EXCEPTION 'the entry is sealed'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER journal_line_refuses_a_sealed_entry AFTER INSERT ON journal_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed_entry()",
    "CREATE OR REPLACE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM added LEFT JOIN journal_line ON journal_line.entry_id = added.id GROUP BY added.id HAVING count(journal_line.no) < 2 OR sum(journal_line.amount_fen) <> 0) THEN RAISE EXCEPTION 'the entry does not balance'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER journal_entry_refuses_imbalance AFTER INSERT ON journal_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_imbalance()",
    "CREATE OR REPLACE FUNCTION refuse_quote_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "CREATE TRIGGER quote_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON quote FOR EACH STATEMENT EXECUTE FUNCTION refuse_quote_change()",
    "CREATE OR REPLACE FUNCTION refuse_credit_line_event_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "CREATE TRIGGER credit_line_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_line_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_credit_line_event_change()",
)


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("name", name=op.f("uq_agent_name")),
    )
    op.create_table(
        "borrower",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspense_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower")),
    )
    op.create_table(
        "day_close",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_day_close")),
    )
    op.create_table(
        "kept_answer",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_kept_answer")),
    )
    op.create_table(
        "payment_callback",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("told", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "told", name=op.f("pk_payment_callback")),
    )
    op.create_index(op.f("ix_payment_callback_order_id"), "payment_callback", ["order_id"], unique=False)
    op.create_table(
        "agent_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_token_agent_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_agent_token_token_hash")),
    )
    op.create_index(op.f("ix_agent_token_agent_id"), "agent_token", ["agent_id"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("channel_user_id", sa.String(length=128), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=True),
        sa.Column("verified_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=16), server_default="bot", nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_conversation_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("channel", "channel_user_id", name=op.f("uq_conversation_channel_channel_user_id")),
    )
    op.create_index(op.f("ix_conversation_borrower_id"), "conversation", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_conversation_updated_at"), "conversation", ["updated_at"], unique=False)
    op.create_table(
        "credit_line",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("product_name", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("limit_fen", sa.BigInteger(), nullable=False),
        sa.Column("temporary_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("temporary_from", sa.Date(), nullable=True),
        sa.Column("temporary_until", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("freezes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_credit_line_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_line")),
    )
    op.create_index(op.f("ix_credit_line_borrower_id"), "credit_line", ["borrower_id"], unique=False)
    op.create_index(
        "ix_credit_line_temporary_until",
        "credit_line",
        ["temporary_until"],
        unique=False,
        sqlite_where=sa.text("temporary_until IS NOT NULL"),
        postgresql_where=sa.text("temporary_until IS NOT NULL"),
    )
    op.create_table(
        "income_proof",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("monthly_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.String(length=160), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_income_proof_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_income_proof")),
    )
    op.create_index(op.f("ix_income_proof_borrower_id"), "income_proof", ["borrower_id"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry_key", sa.String(length=240), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_key", sa.String(length=160), server_default="", nullable=False),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_journal_entry_borrower_id_borrower")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_reverses_id_journal_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("entry_key", name=op.f("uq_journal_entry_entry_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_entry_reverses_id")),
    )
    op.create_index("ix_journal_entry_borrower_id_id", "journal_entry", ["borrower_id", "id"], unique=False)
    op.create_table(
        "ledger_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_key", sa.String(length=160), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("cancels_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_ledger_event_borrower_id_borrower")),
        sa.ForeignKeyConstraint(
            ["cancels_id"], ["ledger_event.id"], name=op.f("fk_ledger_event_cancels_id_ledger_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_event")),
        sa.UniqueConstraint("cancels_id", name=op.f("uq_ledger_event_cancels_id")),
        sa.UniqueConstraint("event_key", name=op.f("uq_ledger_event_event_key")),
    )
    op.create_index(
        "ix_ledger_event_borrower_id_effective_on", "ledger_event", ["borrower_id", "effective_on"], unique=False
    )
    op.create_table(
        "outreach",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("episode_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("template_version", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_outreach_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
        sa.UniqueConstraint("borrower_id", "slot", name=op.f("uq_outreach_borrower_id_slot")),
    )
    op.create_index(
        "ix_outreach_claimed",
        "outreach",
        ["claimed_at"],
        unique=False,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_outreach_planned",
        "outreach",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_outreach_planned_at", "outreach", ["planned_at"], unique=False)
    op.create_table(
        "pause",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_pause_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(
        "uq_pause_open",
        "pause",
        ["borrower_id", "reason"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "promise",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_promise_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("key", name=op.f("uq_promise_key")),
    )
    op.create_index(op.f("ix_promise_borrower_id"), "promise", ["borrower_id"], unique=False)
    op.create_index(
        "ix_promise_pending_due_on",
        "promise",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "uq_promise_one_pending",
        "promise",
        ["borrower_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_quote_amount_positive")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_quote_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("borrower_id", "hash", "issue", name=op.f("uq_quote_borrower_id_hash_issue")),
    )
    op.create_table(
        "receipt",
        sa.Column("payment_id", sa.String(length=128), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("to_suspense_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled_loans", sa.JSON(), nullable=False),
        sa.Column("still_overdue_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_receipt_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_borrower_paid_at", "receipt", ["borrower_id", "paid_at"], unique=False)
    op.create_table(
        "credit_line_event",
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("lifts", sa.String(length=64), server_default="", nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["credit_line.id"], name=op.f("fk_credit_line_event_line_id_credit_line")),
        sa.PrimaryKeyConstraint("line_id", "no", name=op.f("pk_credit_line_event")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_line_event_key")),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_handover_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["agent.id"], name=op.f("fk_handover_taken_by_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_conversation_id"), "handover", ["conversation_id"], unique=False)
    op.create_index("ix_handover_state", "handover", ["state", "id"], unique=False)
    op.create_index(
        "uq_handover_open",
        "handover",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "limit_application",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("asked_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=160), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by_rules", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_limit_application_borrower_id_borrower")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["credit_line.id"], name=op.f("fk_limit_application_line_id_credit_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_application")),
        sa.UniqueConstraint("key", name=op.f("uq_limit_application_key")),
    )
    op.create_index(op.f("ix_limit_application_borrower_id"), "limit_application", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_limit_application_line_id"), "limit_application", ["line_id"], unique=False)
    op.create_index(
        "uq_limit_application_one_open",
        "limit_application",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text("state = 'referred'"),
        postgresql_where=sa.text("state = 'referred'"),
    )
    op.create_table(
        "loan",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("credit_line_id", sa.String(length=64), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("product_name", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=128), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("disbursed_on", sa.Date(), nullable=False),
        sa.Column("annual_rate", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("day_count", sa.String(length=16), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("rounding", sa.String(length=32), nullable=False),
        sa.Column("penalty_rate", sa.String(length=40), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("grace_mode", sa.String(length=32), nullable=False),
        sa.Column("early_fee_rate", sa.String(length=40), nullable=False),
        sa.Column("allocation_order", sa.String(length=64), nullable=False),
        sa.Column("allocation_mode", sa.String(length=16), nullable=False),
        sa.Column("debt_order", sa.String(length=16), nullable=False),
        sa.Column("products_version", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("days_past_due", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bucket", sa.String(length=8), server_default="M0", nullable=False),
        sa.Column("aged_on", sa.Date(), nullable=True),
        sa.Column("principal_first_from", sa.Integer(), nullable=True),
        sa.Column("principal_grace_periods", sa.Integer(), server_default="0", nullable=False),
        sa.Column("interest_by_day", sa.Boolean(), nullable=False),
        sa.Column("card", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("purchases", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("non_accrual", sa.Boolean(), nullable=False),
        sa.Column("written_off_on", sa.Date(), nullable=True),
        sa.Column("pauses", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_loan_borrower_id_borrower")),
        sa.ForeignKeyConstraint(
            ["credit_line_id"], ["credit_line.id"], name=op.f("fk_loan_credit_line_id_credit_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index(op.f("ix_loan_borrower_id"), "loan", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_loan_credit_line_id"), "loan", ["credit_line_id"], unique=False)
    op.create_index(
        "ix_loan_overdue", "loan", ["days_past_due"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "payment_order",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked_fen", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("to_suspense_fen", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("gateway_reference", sa.String(length=64), server_default="", nullable=False),
        sa.Column("failure_reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_query_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quote_id", sa.String(length=64), nullable=True),
        sa.Column("quote_released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_payment_order_borrower_id_borrower")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_payment_order_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_order_key")),
    )
    op.create_index(op.f("ix_payment_order_borrower_id"), "payment_order", ["borrower_id"], unique=False)
    op.create_index(
        "ix_payment_order_next_query_at",
        "payment_order",
        ["next_query_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('created', 'pending')"),
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_index(
        "uq_payment_order_one_open",
        "payment_order",
        ["borrower_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('created', 'pending')"),
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_index(
        "uq_payment_order_quote",
        "payment_order",
        ["quote_id"],
        unique=True,
        sqlite_where=sa.text("quote_id IS NOT NULL AND quote_released_at IS NULL"),
        postgresql_where=sa.text("quote_id IS NOT NULL AND quote_released_at IS NULL"),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=True),
        sa.Column("intent", sa.String(length=64), server_default="", nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("ranking", sa.JSON(), nullable=True),
        sa.Column("entities", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_turn_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["reply_to"], ["turn.id"], name=op.f("fk_turn_reply_to_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("channel", "message_id", name=op.f("uq_turn_channel_message_id")),
    )
    op.create_index("ix_turn_conversation_id_id", "turn", ["conversation_id", "id"], unique=False)
    op.create_index(
        "ix_turn_open",
        "turn",
        ["conversation_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('received', 'claimed')"),
        postgresql_where=sa.text("state IN ('received', 'claimed')"),
    )
    op.create_index(
        "ix_turn_to_send",
        "turn",
        ["conversation_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'unknown')"),
        postgresql_where=sa.text("state IN ('pending', 'unknown')"),
    )
    op.create_index(
        "ix_turn_typed",
        "turn",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("direction = 'in' AND payload IS NULL AND intent <> ''"),
        postgresql_where=sa.text("direction = 'in' AND payload IS NULL AND intent <> ''"),
    )
    op.create_table(
        "account_statement",
        sa.Column("loan_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stated_fen", sa.BigInteger(), nullable=False),
        sa.Column("minimum_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_account_statement_loan_id_loan")),
        sa.PrimaryKeyConstraint("loan_id", "no", name=op.f("pk_account_statement")),
    )
    op.create_table(
        "ageing_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("loan_id", sa.String(length=64), nullable=False),
        sa.Column("bucket", sa.String(length=8), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_ageing_tag_loan_id_loan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ageing_tag")),
    )
    op.create_index("ix_ageing_tag_loan_id", "ageing_tag", ["loan_id"], unique=False)
    op.create_index(
        "uq_ageing_tag_open",
        "ageing_tag",
        ["loan_id"],
        unique=True,
        sqlite_where=sa.text("left_on IS NULL"),
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_table(
        "hardship_plan",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("loan_id", sa.String(length=64), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_hardship_plan_loan_id_loan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hardship_plan")),
    )
    op.create_index(op.f("ix_hardship_plan_loan_id"), "hardship_plan", ["loan_id"], unique=False)
    op.create_table(
        "hardship_proposal",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("loan_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=160), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("advice", sa.String(length=500), server_default="", nullable=False),
        sa.Column("remark", sa.String(length=500), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effect", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("next_look_on", sa.Date(), nullable=True),
        sa.Column("pause_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=500), server_default="", nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_hardship_proposal_borrower_id_borrower")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_hardship_proposal_loan_id_loan")),
        sa.ForeignKeyConstraint(["pause_id"], ["pause.id"], name=op.f("fk_hardship_proposal_pause_id_pause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hardship_proposal")),
        sa.UniqueConstraint("borrower_id", "key", name=op.f("uq_hardship_proposal_borrower_id_key")),
    )
    op.create_index(
        "ix_hardship_proposal_active",
        "hardship_proposal",
        ["next_look_on"],
        unique=False,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("ix_hardship_proposal_ended_on", "hardship_proposal", ["ended_on"], unique=False)
    op.create_index(op.f("ix_hardship_proposal_loan_id"), "hardship_proposal", ["loan_id"], unique=False)
    op.create_index(
        "uq_hardship_proposal_one_open",
        "hardship_proposal",
        ["loan_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "instalment",
        sa.Column("loan_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("principal_paid_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("interest_paid_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_paid_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("penalty_paid_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("recognised_interest_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("penalty_fen_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("penalty_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("penalty_waived_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("interest_fen_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stated_fen", sa.BigInteger(), nullable=True),
        sa.Column("minimum_fen", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_instalment_loan_id_loan")),
        sa.PrimaryKeyConstraint("loan_id", "no", name=op.f("pk_instalment")),
    )
    op.create_index(
        "ix_instalment_unpaid",
        "instalment",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("paid_on IS NULL"),
        postgresql_where=sa.text("paid_on IS NULL"),
    )
    op.create_table(
        "journal_line",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("loan_id", sa.String(length=64), nullable=True),
        sa.Column("instalment_no", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_journal_line_amount_is_something")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entry.id"],
            name=op.f("fk_journal_line_entry_id_journal_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_journal_line_loan_id_loan")),
        sa.PrimaryKeyConstraint("entry_id", "no", name=op.f("pk_journal_line")),
    )
    op.create_index(op.f("ix_journal_line_loan_id"), "journal_line", ["loan_id"], unique=False)
    op.create_table(
        "turn_label",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("turn_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("intent", sa.String(length=64), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_turn_label_agent_id_agent")),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_turn_label_turn_id_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn_label")),
    )
    op.create_index(
        "ix_turn_label_state",
        "turn_label",
        ["state", "created_at"],
        unique=False,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index(op.f("ix_turn_label_turn_id"), "turn_label", ["turn_id"], unique=False)
    op.create_index(
        "uq_turn_label_counts",
        "turn_label",
        ["turn_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    for statement in GUARDS_SQLITE if op.get_bind().dialect.name == "sqlite" else GUARDS_POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(
        "uq_turn_label_counts",
        table_name="turn_label",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index(op.f("ix_turn_label_turn_id"), table_name="turn_label")
    op.drop_index(
        "ix_turn_label_state",
        table_name="turn_label",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_table("turn_label")
    op.drop_index(op.f("ix_journal_line_loan_id"), table_name="journal_line")
    op.drop_table("journal_line")
    op.drop_index(
        "ix_instalment_unpaid",
        table_name="instalment",
        sqlite_where=sa.text("paid_on IS NULL"),
        postgresql_where=sa.text("paid_on IS NULL"),
    )
    op.drop_table("instalment")
    op.drop_index(
        "uq_hardship_proposal_one_open",
        table_name="hardship_proposal",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_hardship_proposal_loan_id"), table_name="hardship_proposal")
    op.drop_index("ix_hardship_proposal_ended_on", table_name="hardship_proposal")
    op.drop_index(
        "ix_hardship_proposal_active",
        table_name="hardship_proposal",
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_table("hardship_proposal")
    op.drop_index(op.f("ix_hardship_plan_loan_id"), table_name="hardship_plan")
    op.drop_table("hardship_plan")
    op.drop_index(
        "uq_ageing_tag_open",
        table_name="ageing_tag",
        sqlite_where=sa.text("left_on IS NULL"),
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.drop_index("ix_ageing_tag_loan_id", table_name="ageing_tag")
    op.drop_table("ageing_tag")
    op.drop_table("account_statement")
    op.drop_index(
        "ix_turn_typed",
        table_name="turn",
        sqlite_where=sa.text("direction = 'in' AND payload IS NULL AND intent <> ''"),
        postgresql_where=sa.text("direction = 'in' AND payload IS NULL AND intent <> ''"),
    )
    op.drop_index(
        "ix_turn_to_send",
        table_name="turn",
        sqlite_where=sa.text("state IN ('pending', 'unknown')"),
        postgresql_where=sa.text("state IN ('pending', 'unknown')"),
    )
    op.drop_index(
        "ix_turn_open",
        table_name="turn",
        sqlite_where=sa.text("state IN ('received', 'claimed')"),
        postgresql_where=sa.text("state IN ('received', 'claimed')"),
    )
    op.drop_index("ix_turn_conversation_id_id", table_name="turn")
    op.drop_table("turn")
    op.drop_index(
        "uq_payment_order_quote",
        table_name="payment_order",
        sqlite_where=sa.text("quote_id IS NOT NULL AND quote_released_at IS NULL"),
        postgresql_where=sa.text("quote_id IS NOT NULL AND quote_released_at IS NULL"),
    )
    op.drop_index(
        "uq_payment_order_one_open",
        table_name="payment_order",
        sqlite_where=sa.text("state IN ('created', 'pending')"),
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.drop_index(
        "ix_payment_order_next_query_at",
        table_name="payment_order",
        sqlite_where=sa.text("state IN ('created', 'pending')"),
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.drop_index(op.f("ix_payment_order_borrower_id"), table_name="payment_order")
    op.drop_table("payment_order")
    op.drop_index("ix_loan_overdue", table_name="loan", postgresql_where=sa.text("status = 'active'"))
    op.drop_index(op.f("ix_loan_credit_line_id"), table_name="loan")
    op.drop_index(op.f("ix_loan_borrower_id"), table_name="loan")
    op.drop_table("loan")
    op.drop_index(
        "uq_limit_application_one_open",
        table_name="limit_application",
        sqlite_where=sa.text("state = 'referred'"),
        postgresql_where=sa.text("state = 'referred'"),
    )
    op.drop_index(op.f("ix_limit_application_line_id"), table_name="limit_application")
    op.drop_index(op.f("ix_limit_application_borrower_id"), table_name="limit_application")
    op.drop_table("limit_application")
    op.drop_index(
        "uq_handover_open",
        table_name="handover",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.drop_index("ix_handover_state", table_name="handover")
    op.drop_index(op.f("ix_handover_conversation_id"), table_name="handover")
    op.drop_table("handover")
    op.drop_table("credit_line_event")
    op.drop_index("ix_receipt_borrower_paid_at", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("quote")
    op.drop_index(
        "uq_promise_one_pending",
        table_name="promise",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "ix_promise_pending_due_on",
        table_name="promise",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_promise_borrower_id"), table_name="promise")
    op.drop_table("promise")
    op.drop_index(
        "uq_pause_open",
        table_name="pause",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("pause")
    op.drop_index("ix_outreach_planned_at", table_name="outreach")
    op.drop_index(
        "ix_outreach_planned",
        table_name="outreach",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index(
        "ix_outreach_claimed",
        table_name="outreach",
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.drop_table("outreach")
    op.drop_index("ix_ledger_event_borrower_id_effective_on", table_name="ledger_event")
    op.drop_table("ledger_event")
    op.drop_index("ix_journal_entry_borrower_id_id", table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_index(op.f("ix_income_proof_borrower_id"), table_name="income_proof")
    op.drop_table("income_proof")
    op.drop_index(
        "ix_credit_line_temporary_until",
        table_name="credit_line",
        sqlite_where=sa.text("temporary_until IS NOT NULL"),
        postgresql_where=sa.text("temporary_until IS NOT NULL"),
    )
    op.drop_index(op.f("ix_credit_line_borrower_id"), table_name="credit_line")
    op.drop_table("credit_line")
    op.drop_index(op.f("ix_conversation_updated_at"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_borrower_id"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index(op.f("ix_agent_token_agent_id"), table_name="agent_token")
    op.drop_table("agent_token")
    op.drop_index(op.f("ix_payment_callback_order_id"), table_name="payment_callback")
    op.drop_table("payment_callback")
    op.drop_table("kept_answer")
    op.drop_table("day_close")
    op.drop_table("borrower")
    op.drop_table("agent")

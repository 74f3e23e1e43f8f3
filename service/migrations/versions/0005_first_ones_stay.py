"""What is append-only is not replaced on SQLite either; no two transactions add to one entry, and none hides a table from
the journal's guards, on PostgreSQL."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# By table what is unique in it.
KEYS = {
    "journal_entry": (("entry_key",), ("id",), ("reverses_id",)),
    "ledger_event": (("cancels_id",), ("event_key",), ("id",)),
    "account_statement": (("loan_id", "no"),),
    "credit_line_event": (("key",), ("line_id", "no")),
    "case_event": (("id",),),
    "autopay_event": (("borrower_id", "key"), ("borrower_id", "no")),
    "promise_event": (("id",),),
    "contact_terms_event": (("id",),),
    "contact_approval": (("contact_point_id", "purpose", "approved_by", "approved_at"),),
    "wechat_event": (("id",),),
    "channel_receipt": (("channel", "id"),),
    "experiment_exposure": (("experiment_id", "borrower_id"),),
    "experiment_stop": (("experiment_id", "arm"),),
}
# Those that SQLite numbers by itself besides.
NUMBERED = (
    "account_statement", "credit_line_event", "autopay_event", "contact_approval", "channel_receipt",
    "experiment_exposure", "experiment_stop", "quote", "journal_line",
)  # fmt: skip
TOLD_AGAIN = ("contact_approval", "channel_receipt", "experiment_exposure")  # passed over where they are there

SEALED = (
    "IF EXISTS (SELECT 1 FROM added JOIN journal_entry ON journal_entry.id = added.entry_id) "
    "THEN RAISE EXCEPTION 'the entry is sealed'; END IF; "
)
FIRST = (
    "IF EXISTS (SELECT 1 FROM (SELECT entry_id FROM added GROUP BY entry_id HAVING min(no) <> 1) AS later "
    "WHERE (SELECT 1 FROM journal_line WHERE entry_id = later.entry_id AND no = 1) IS NULL) "
    "THEN RAISE EXCEPTION 'the lines of an entry begin with its first'; END IF; "
)
GUARDS = ("refuse_sealed_entry", "refuse_imbalance")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, keys in KEYS.items():
            op.execute(_replace_guard(table, keys))
        for table in NUMBERED:
            op.execute(_rowid_guard(table))
        return
    op.execute(_lines_guard(SEALED + FIRST))
    for name in GUARDS:
        op.execute(
            "DO $$ BEGIN EXECUTE "
            f"'ALTER FUNCTION {name}() SET search_path = ' || quote_ident(current_schema()) || ', pg_temp'; END $$"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in KEYS:
            op.execute(f"DROP TRIGGER {table}_refuses_replace")
        for table in NUMBERED:
            op.execute(f"DROP TRIGGER {table}_refuses_rowid")
        return
    op.execute(_lines_guard(SEALED))
    for name in GUARDS:
        op.execute(f"ALTER FUNCTION {name}() RESET search_path")


def _replace_guard(table: str, keys: tuple[tuple[str, ...], ...]) -> str:
    same = (" AND ".join(f'"{name}" = NEW."{name}"' for name in key) for key in keys)
    known = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one})" for one in same)
    refusal = "IGNORE" if table in TOLD_AGAIN else f"ABORT, '{table} is append-only'"
    return (
        f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} WHEN {known} "
        f"BEGIN SELECT RAISE({refusal}); END"
    )


def _rowid_guard(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_refuses_rowid BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _lines_guard(checks: str) -> str:
    return (
        "CREATE OR REPLACE FUNCTION refuse_sealed_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{checks}RETURN NULL; END $$"
    )

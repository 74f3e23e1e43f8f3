"""What the database itself refuses: to change or delete what is append-only, to seal an entry that does not balance, to
add to one that is sealed.

On PostgreSQL several write at once, and a transaction does not see the lines that another has not committed yet. So
whoever adds to an entry must have, or see, its first line: two who write the same entry meet at that line's key, and
the second waits until the first one's entry is sealed or gone.
"""

from __future__ import annotations

_APPEND_ONLY = ("journal_entry", "journal_line", "ledger_event", "account_statement")

JOURNAL_SQLITE: tuple[str, ...] = (
    *(
        f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in _APPEND_ONLY
        for change in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER journal_line_refuses_a_sealed_entry BEFORE INSERT ON journal_line "
    "WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) "
    "BEGIN SELECT RAISE(ABORT, 'the entry is sealed'); END",
    "CREATE TRIGGER journal_entry_refuses_imbalance BEFORE INSERT ON journal_entry "
    "WHEN (SELECT count(*) < 2 OR sum(amount_fen) <> 0 FROM journal_line WHERE entry_id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'the entry does not balance'); END",
)

# One look a statement, at all the rows it inserts: a close of day inserts hundreds of thousands.
JOURNAL_POSTGRES: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()"
        for table in _APPEND_ONLY
    ),
    "CREATE OR REPLACE FUNCTION refuse_sealed_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF EXISTS (SELECT 1 FROM added JOIN journal_entry ON journal_entry.id = added.entry_id) "
    "THEN RAISE EXCEPTION 'the entry is sealed'; END IF; "
    # of whole entries, as the service writes them, nothing is looked up
    "IF EXISTS (SELECT 1 FROM (SELECT entry_id FROM added GROUP BY entry_id HAVING min(no) <> 1) AS later "
    "WHERE (SELECT 1 FROM journal_line WHERE entry_id = later.entry_id AND no = 1) IS NULL) "
    "THEN RAISE EXCEPTION 'the lines of an entry begin with its first'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER journal_line_refuses_a_sealed_entry AFTER INSERT ON journal_line "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed_entry()",
    "CREATE OR REPLACE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF EXISTS (SELECT 1 FROM added LEFT JOIN journal_line ON journal_line.entry_id = added.id GROUP BY added.id "
    "HAVING count(journal_line.no) < 2 OR sum(journal_line.amount_fen) <> 0) "
    "THEN RAISE EXCEPTION 'the entry does not balance'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER journal_entry_refuses_imbalance AFTER INSERT ON journal_entry "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_imbalance()",
    # Otherwise they would look into somebody's temporary table of the same name.
    *(
        "DO $$ BEGIN EXECUTE "
        f"'ALTER FUNCTION {name}() SET search_path = ' || quote_ident(current_schema()) || ', pg_temp'; END $$"
        for name in ("refuse_sealed_entry", "refuse_imbalance")
    ),
)

JOURNAL_TRIGGERS = {"sqlite": JOURNAL_SQLITE, "postgresql": JOURNAL_POSTGRES}

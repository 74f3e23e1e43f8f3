"""Which tables are records for good: rows that say what was decided about a person are added, and the database itself
refuses to change or delete one, on SQLite and PostgreSQL. The ledger's own tables have theirs in `journal_guards`."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_record_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
)


def sqlite_guards(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for change in ("UPDATE", "DELETE")
    )


def postgres_guards(table: str) -> tuple[str, ...]:
    made = f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    return _REFUSE, f"{made}FOR EACH STATEMENT EXECUTE FUNCTION refuse_record_change()"


def append_only(*tables: Table) -> None:
    """Whenever one of these is made, its guards are made with it."""
    for table in tables:
        for dialect, guards in (("sqlite", sqlite_guards(table.name)), ("postgresql", postgres_guards(table.name))):
            for statement in guards:
                event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))

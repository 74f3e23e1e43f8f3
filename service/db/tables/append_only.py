"""Which tables are records for good: rows that say what was decided about a person are added, and the database itself
refuses to change or delete one, on SQLite and PostgreSQL. The ledger's own tables have theirs in `journal_guards`."""

from __future__ import annotations

from sqlalchemy import DDL, Table, UniqueConstraint, event

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


def replace_guards(table: Table, *, told_again: bool = False) -> tuple[str, ...]:
    """SQLite's INSERT OR REPLACE deletes the row that is in its way without firing the trigger on DELETE.

    `told_again`: the table is added to with ON CONFLICT DO NOTHING, so that a row that is there is passed over in
    silence instead of refused; either way the first one stays.
    """
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys = sorted([column.name for column in one.columns] for one in (table.primary_key, *unique))
    same = (" AND ".join(f'"{name}" = NEW."{name}"' for name in key) for key in keys)
    known = " OR ".join(f"EXISTS (SELECT 1 FROM {table.name} WHERE {one})" for one in same)
    refusal = "IGNORE" if told_again else f"ABORT, '{table.name} is append-only'"
    by_key = (
        f"CREATE TRIGGER {table.name}_refuses_replace BEFORE INSERT ON {table.name} WHEN {known} "
        f"BEGIN SELECT RAISE({refusal}); END"
    )
    numbered = [column.type.python_type for column in table.primary_key.columns] == [int]  # then that is the rowid
    return (by_key,) if numbered else (by_key, rowid_guard(table.name))


def rowid_guard(table: str) -> str:
    """A row can be replaced by the number that SQLite itself gives it, too; nobody who adds one says any."""
    return (
        f"CREATE TRIGGER {table}_refuses_rowid BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def postgres_guards(table: str) -> tuple[str, ...]:
    made = f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    return _REFUSE, f"{made}FOR EACH STATEMENT EXECUTE FUNCTION refuse_record_change()"


def append_only(*tables: Table, told_again: bool = False) -> None:
    """Whenever one of these is made, its guards are made with it; `told_again` as in `replace_guards`."""
    for table in tables:
        sqlite = (*sqlite_guards(table.name), *replace_guards(table, told_again=told_again))
        for dialect, guards in (("sqlite", sqlite), ("postgresql", postgres_guards(table.name))):
            for statement in guards:
                event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))

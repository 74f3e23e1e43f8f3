"""The migrations make exactly the tables that the code is written for, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from service.db.engine import Database
from service.db.tables import metadata
from service.prepare import alembic_config, migrate
from service.settings import Settings


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made: Database = request.getfixturevalue(f"{request.param}_database")
    metadata.drop_all(made.engine)
    url = made.url
    migrate(Settings(_env_file=None, data_dir=tmp_path, database_url=url))
    database = Database(url)
    yield database
    database.close()


def test_the_migrated_schema_is_the_one_in_the_code(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def guards(database: Database) -> set[tuple[str, ...]]:
    """What the database refuses by itself, as it was told to."""
    of_sqlite = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    of_postgres = (
        "SELECT tgname, tgrelid::regclass::text, tgtype::text, proname, prosrc, proconfig::text FROM pg_trigger "
        "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND pronamespace = current_schema()::regnamespace"
    )
    with database.engine.connect() as connection:
        asked = of_sqlite if connection.dialect.name == "sqlite" else of_postgres
        schema = "" if connection.dialect.name == "sqlite" else connection.scalar(text("SELECT current_schema()"))
        return {
            tuple(str(one).replace(schema, "here") if schema else one for one in row)
            for row in connection.exec_driver_sql(asked)
        }


def test_the_migrated_guards_are_those_in_the_code(migrated: Database) -> None:
    by_migration = guards(migrated)
    assert by_migration
    metadata.drop_all(migrated.engine)
    metadata.create_all(migrated.engine)
    assert guards(migrated) == by_migration


def test_migrating_twice_changes_nothing(migrated: Database, tmp_path: Path) -> None:
    migrate(Settings(_env_file=None, data_dir=tmp_path, database_url=migrated.url))


def test_a_database_of_any_age_comes_to_the_newest_schema(migrated: Database, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=migrated.url)
    for step in ("-1", "base"):
        command.downgrade(alembic_config(settings), step)
        migrate(settings)
        with migrated.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        with migrated.transaction() as conn:
            conn.execute(
                text(f"INSERT INTO experiment_stop VALUES ('e', '{step}', '2026-01-01 00:00:00', 'guard', 'r')")
            )
        with pytest.raises(DatabaseError, match="append-only"), migrated.transaction() as conn:
            conn.execute(text("UPDATE experiment_stop SET reason = 'other'"))


def write(conn: Connection, entry_id: int, **lines: int) -> None:
    """An entry with its lines, which come first."""
    for no, (account, fen) in enumerate(lines.items(), start=1):
        line = f"({entry_id}, {no}, '{account}', {fen})"
        conn.execute(text(f"INSERT INTO journal_line (entry_id, no, account, amount_fen) VALUES {line}"))
    columns = "(id, entry_key, kind, borrower_id, business_date, created_at, hash)"
    values = f"({entry_id}, 'k-{entry_id}', 'x', 'b', '2026-01-01', '2026-01-01 00:00:00', 'h')"
    conn.execute(text(f"INSERT INTO journal_entry {columns} VALUES {values}"))


@pytest.mark.parametrize("lines", [{}, {"cash": 1}, {"cash": 1, "suspense": -2}])
def test_a_migrated_journal_refuses_an_entry_that_does_not_balance(migrated: Database, lines: dict[str, int]) -> None:
    with migrated.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('b', 'n', 'p', '2026-01-01 00:00:00')")
        )
    with pytest.raises(DatabaseError, match="does not balance"), migrated.transaction() as conn:
        write(conn, 1, **lines)


def test_a_migrated_journal_refuses_a_line_for_a_sealed_entry_and_one_without_an_entry(migrated: Database) -> None:
    with migrated.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('b', 'n', 'p', '2026-01-01 00:00:00')")
        )
        write(conn, 1, cash=1, suspense=-1)
    added = "INSERT INTO journal_line (entry_id, no, account, amount_fen) VALUES ({}, {}, 'cash', 5)"
    with pytest.raises(DatabaseError, match="sealed"), migrated.transaction() as conn:
        conn.execute(text(added.format(1, 3)))
    with pytest.raises(DatabaseError, match=r"(?i)foreign key"), migrated.transaction() as conn:
        conn.execute(text(added.format(2, 1)))


def test_nobody_adds_to_an_entry_that_another_is_writing(postgres_database: Database) -> None:
    """Its lines are not seen before they are committed, and then it is sealed."""
    added = "INSERT INTO journal_line (entry_id, no, account, amount_fen) VALUES (1, 3, 'cash', 5)"
    with postgres_database.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('b', 'n', 'p', '2026-01-01 00:00:00')")
        )
    with postgres_database.engine.connect() as writer:
        write(writer, 1, cash=1, suspense=-1)
        with pytest.raises(DatabaseError, match="begin with its first"), postgres_database.transaction() as conn:
            conn.execute(text(added))
        writer.commit()
    with pytest.raises(DatabaseError, match="sealed"), postgres_database.transaction() as conn:
        conn.execute(text(added))


def test_the_guards_look_into_the_journal_and_not_into_a_table_of_its_name(postgres_database: Database) -> None:
    with postgres_database.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('b', 'n', 'p', '2026-01-01 00:00:00')")
        )
    with postgres_database.engine.connect() as conn:
        conn.execute(text("CREATE TEMPORARY TABLE journal_line (entry_id bigint, no integer, amount_fen bigint)"))
        conn.execute(text("INSERT INTO journal_line VALUES (1, 1, 5), (1, 2, -5)"))
        entry = "(1, 'k', 'x', 'b', '2026-01-01', '2026-01-01 00:00:00', 'h')"
        columns = "(id, entry_key, kind, borrower_id, business_date, created_at, hash)"
        with pytest.raises(DatabaseError, match="does not balance"):
            conn.execute(text(f"INSERT INTO journal_entry {columns} VALUES {entry}"))


def test_a_migrated_journal_refuses_to_be_changed(migrated: Database) -> None:
    with migrated.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('b', 'n', 'p', '2026-01-01 00:00:00')")
        )
        write(conn, 1, cash=1, suspense=-1)
    for change in (
        "UPDATE journal_entry SET kind = 'y'",
        "UPDATE journal_line SET amount_fen = amount_fen * 2",
        "DELETE FROM journal_line",
        "DELETE FROM journal_entry",
    ):
        with pytest.raises(DatabaseError, match="append-only"), migrated.transaction() as conn:
            conn.execute(text(change))

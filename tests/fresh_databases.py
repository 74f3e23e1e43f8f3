"""Empty databases for tests, each as if it had just been made: a copied file on SQLite, and on PostgreSQL a schema that
was emptied and is used again, as making all the tables takes longer than most tests.
"""

from __future__ import annotations

import functools
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from service.db.engine import Database
from service.db.tables import metadata

POSTGRES = os.environ.get("XIAOQING_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
USES = 40  # of a schema: rows that were deleted still cost time until they are vacuumed
# What a schema is made of, by numbers that nothing has twice: a test that takes a trigger or a table away changes it.
MADE_OF = """
    WITH mine AS (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(:schema)),
    parts (one) AS (
        SELECT concat('class', oid) FROM mine
        UNION ALL SELECT concat('function', oid, prosrc) FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)
        UNION ALL SELECT concat('constraint', oid) FROM pg_constraint WHERE connamespace = to_regnamespace(:schema)
        UNION ALL SELECT concat('trigger', oid, tgenabled) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM mine)
        UNION ALL SELECT concat('column', attrelid, attname, atttypid, attnotnull)
            FROM pg_attribute WHERE attrelid IN (SELECT oid FROM mine)
    )
    SELECT md5(string_agg(one, ',' ORDER BY one)) FROM parts
"""
RESTART = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = to_regnamespace(:schema)
"""


def load_tables() -> None:
    from service.db.tables import (  # noqa: F401  registers them
        autopay,
        channel,
        chat,
        collect,
        contact,
        credit_line,
        desk,
        experiment,
        hardship,
        kept_answer,
        legal_file,
        loan,
        matter,
        payment,
        payment_file,
        queue,
        quote,
        wechat,
    )


@functools.cache
def _empty_file() -> bytes:
    """A SQLite database with all tables."""
    load_tables()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        made = Database(f"sqlite:///{path}")
        metadata.create_all(made.engine)
        made.close()
        return path.read_bytes()


@contextmanager
def sqlite_at(folder: Path) -> Iterator[Database]:
    load_tables()
    path = folder / "test.db"
    path.write_bytes(_empty_file())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def postgres_or_skip() -> None:
    """Skip where PostgreSQL is not running; in CI its absence is a failure."""
    try:
        engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
        engine.connect().close()
        engine.dispose()
    except Exception as absent:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must run in CI: {absent}")
        pytest.skip("PostgreSQL is not running here")


@dataclass
class Schema:
    """One of this process's own, with all tables."""

    name: str
    made_of: str = ""
    uses: int = 0

    @property
    def url(self) -> str:
        return f"{POSTGRES}?options=-csearch_path%3D{self.name}"


@dataclass
class Schemas:
    """Those that wait to be used again."""

    idle: list[Schema] = field(default_factory=list)

    @functools.cached_property
    def engine(self) -> Engine:
        return create_engine(POSTGRES, isolation_level="AUTOCOMMIT")

    def take(self) -> Schema:
        if self.idle:
            return self.idle.pop()
        postgres_or_skip()
        load_tables()
        made = Schema(f"xq_{uuid.uuid4().hex[:12]}")
        with self.engine.connect() as conn:
            conn.execute(text(f"CREATE SCHEMA {made.name}"))
            database = Database(made.url)
            metadata.create_all(database.engine)
            database.close()
            made.made_of = self._made_of(conn, made)
        return made

    def give_back(self, used: Schema) -> None:
        used.uses += 1
        with self.engine.connect() as conn:
            if used.uses < USES and self._made_of(conn, used) == used.made_of:
                self._empty(conn, used)
                self.idle.append(used)
            else:
                conn.execute(text(f"DROP SCHEMA {used.name} CASCADE"))

    def drop_all(self) -> None:
        while self.idle:
            with self.engine.connect() as conn:
                conn.execute(text(f"DROP SCHEMA {self.idle.pop().name} CASCADE"))

    def _made_of(self, conn: Connection, of: Schema) -> str:
        return str(conn.execute(text(MADE_OF), {"schema": of.name}).scalar_one())

    def _empty(self, conn: Connection, used: Schema) -> None:
        """By deleting, as what is append-only is so for the product and not for its tests."""
        names = [f"{used.name}.{table.name}" for table in metadata.sorted_tables]
        any_rows = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT FROM {one})" for one in names)
        conn.execute(text("SET session_replication_role = replica"))
        for name in conn.execute(text(any_rows)).scalars().all():
            conn.execute(text(f"DELETE FROM {name}"))
        conn.execute(text("SET session_replication_role = DEFAULT"))
        conn.execute(text(RESTART), {"schema": used.name})


SCHEMAS = Schemas()


@contextmanager
def postgres() -> Iterator[Database]:
    schema = SCHEMAS.take()
    database = Database(schema.url)
    yield database
    database.close()
    SCHEMAS.give_back(schema)

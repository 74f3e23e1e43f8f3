"""What every test may ask for: a database of its own on SQLite and PostgreSQL, and a clock that stands still."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from service.db.engine import Database
from service.db.tables import metadata
from service.usecases.ports import FrozenClock

POSTGRES = os.environ.get("XIAOQING_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
# A slow machine is no fault of what is tested; speed is measured under benchmarks/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def _load_tables() -> None:
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


@contextmanager
def sqlite_at(folder: Path) -> Iterator[Database]:
    _load_tables()
    database = Database(f"sqlite:///{folder / 'test.db'}")
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    with sqlite_at(tmp_path) as database:
        yield database


@contextmanager
def postgres() -> Iterator[Database]:
    _load_tables()
    postgres_or_skip()
    schema = f"xq_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    database = Database(f"{POSTGRES}?options=-csearch_path%3D{schema}")
    metadata.create_all(database.engine)
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture
def postgres_database() -> Iterator[Database]:
    with postgres() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def clock() -> FrozenClock:
    """Monday 2026-11-23, 10:00 in Shanghai."""
    return FrozenClock(datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc))

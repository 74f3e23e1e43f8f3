"""What every test may ask for: a database of its own on SQLite and PostgreSQL, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from service.db.engine import Database
from service.usecases.desk import passwords
from service.usecases.ports import FrozenClock
from tests.fresh_databases import SCHEMAS, postgres, sqlite_at

# A slow machine is no fault of what is tested; speed is measured under benchmarks/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# Agents of tests have passwords that nobody attacks; what these cost for real is a third of a second each.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def pytest_sessionfinish() -> None:
    SCHEMAS.drop_all()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    with sqlite_at(tmp_path) as database:
        yield database


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

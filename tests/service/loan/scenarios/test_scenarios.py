"""Runs every scenario of the YAML files here: given and when happen on the ledger, then is compared.

All run on SQLite, those with `postgres: true` on PostgreSQL too. A failure names theme, scenario and sentence.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from service.db.engine import Database
from service.db.tables import metadata
from tests.service.loan.scenarios.ledger_steps import LedgerStory
from tests.service.loan.scenarios.steps import HERE
from tests.service.loan.told import Scenario, tell


def scenarios() -> list[tuple[str, Scenario]]:
    """(theme, scenario) of every file; scalars stay text, so that no amount is ever a float."""
    found = []
    for path in sorted(HERE.glob("*.yml")):
        if path.stem != "products":
            for one in yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader):
                found.append((path.stem, one))
    return found


ALL = scenarios()
ON_POSTGRES = [pair for pair in ALL if pair[1].get("postgres") == "true"]


def name_of(pair: tuple[str, Scenario]) -> str:
    return f"{pair[0]}: {pair[1]['scenario']}"


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def in_memory() -> Iterator[Database]:
    """A file, for a close of day opens a connection of its own; in memory where the machine has such a folder."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        database = Database(f"sqlite:///{folder}/scenario.db")
        metadata.create_all(database.engine)
        yield database
        database.close()


@pytest.fixture(scope="module", autouse=True)
def _tables() -> None:
    from service.db.tables import loan  # noqa: F401  registers them


@pytest.mark.parametrize("pair", ALL, ids=name_of)
def test_on_sqlite(pair: tuple[str, Scenario], in_memory: Database) -> None:
    tell(LedgerStory(in_memory), pair[1], theme=pair[0])


@pytest.mark.parametrize("pair", ON_POSTGRES, ids=name_of)
def test_on_postgres(pair: tuple[str, Scenario], postgres_database: Database) -> None:
    tell(LedgerStory(postgres_database), pair[1], theme=pair[0])


def test_there_are_scenarios_enough_and_no_two_share_a_name() -> None:
    names = [name_of(pair) for pair in ALL]
    assert len(names) == len(set(names)) >= 300
    assert sum(theme.startswith("delinquency") for theme, _ in ALL) >= 90
    assert {path.suffix for path in Path(HERE).iterdir() if path.is_file()} == {".py", ".yml"}

"""The benchmark of the close writes SQL of its own against the tables: it is run to know that it still fits them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fresh_databases import postgres_or_skip

ROOT = Path(__file__).parents[3]


def closed(database: str) -> list[str]:
    """What it prints, a line a portfolio."""
    command = [sys.executable, "-m", "benchmarks.close_day", "60", "--database", database]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr[-2000:]
    return told.stdout.splitlines()


def test_it_runs_on_sqlite() -> None:
    assert [line.split()[2] for line in closed("SQLite")] == ["mixed", "overdue"]


def test_it_runs_on_postgresql() -> None:
    postgres_or_skip()
    assert [line.split()[2] for line in closed("PostgreSQL")] == ["mixed", "overdue"]

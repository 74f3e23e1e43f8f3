"""What a close of day costs beside the cheapest SQL that writes the very same rows, how it grows, what memory it needs.

Two portfolios: a mixed one (88 % current with nothing due; the rest due today, overdue, or special) and the worst
one (everybody overdue). Each close runs in a process of its own, so that its peak memory is its own. Ratios travel,
times are this machine's. `python -m benchmarks.close_day [loans ...]`: 10,000 and 100,000 unless said.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import bare_close
from benchmarks.databases import postgres, sqlite, there_is_postgres, timed
from benchmarks.portfolio import DAY, Kind, all_overdue, mixed, seed
from service.db.engine import Database
from service.usecases.loan.close_day import CHUNK, close_day
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import noon

LOANS = (10_000, 100_000)
DATABASES: dict[str, Callable[[], Any]] = {"SQLite": sqlite, "PostgreSQL": postgres}
PORTFOLIOS: dict[str, Callable[[], Sequence[Kind]]] = {"mixed": mixed, "overdue": all_overdue}


def peak_mb() -> int:
    """Of this program: `getrusage` also remembers what the process was before it became it, so Linux says better."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def close(url: str) -> None:
    """In a process of its own: prints what it cost."""
    database, before = Database(url), peak_mb()

    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {total:,}", end="\r", file=sys.stderr)

    started = time.perf_counter()
    result = close_day(database, business_date=DAY, clock=FrozenClock(noon(DAY)), progress=told)
    seconds = time.perf_counter() - started
    assert not result.failures, result.failures[:3]
    print(json.dumps({"aged": result.aged, "seconds": seconds, "before_mb": before, "peak_mb": peak_mb()}))
    database.close()


def closed_apart(database: Database) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.close_day", "--close", database.url]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(name: str, make: Callable[[], Any], what: str, loans: int) -> None:
    with make() as closed:
        seed(closed, loans, PORTFOLIOS[what]())
        cost = closed_apart(closed)
        with make() as fresh:
            seed(fresh, loans, PORTFOLIOS[what]())
            chunks = bare_close.stage(fresh, closed, DAY, size=CHUNK)
            least = timed(lambda: bare_close.write(fresh, chunks))
    print(
        f"close_day   {name:10} {what:8} {loans:9,} loans, {cost['aged']:9,} aged   {cost['seconds']:7.2f} s "
        f"{loans / cost['seconds']:8,.0f} loans a second   {cost['seconds'] / least:5.2f} × bare SQL ({least:.2f} s)   "
        f"{cost['before_mb']} → {cost['peak_mb']} MB",
        flush=True,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.close_day")
    parser.add_argument("loans", nargs="*", type=int, default=LOANS)
    parser.add_argument("--portfolio", choices=PORTFOLIOS, action="append")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--close", metavar="URL", help="only close this database, and say what it cost")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    if asked.close:
        close(asked.close)
        return
    for name in asked.database or DATABASES:
        if name == "PostgreSQL" and not there_is_postgres():
            print("close_day   PostgreSQL is not running here")
            continue
        for what in asked.portfolio or PORTFOLIOS:
            for loans in asked.loans:
                measure(name, DATABASES[name], what, loans)


if __name__ == "__main__":
    main()

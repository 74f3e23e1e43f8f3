"""What lawful collection costs: decisions of the gate, the loop that sends, and a plan over a portfolio.

Sending and planning are compared with the very rows they write, written by bare SQL with the same commits. Ratios
travel, times are this machine's. `python -m benchmarks.gate [loans] [--messages N]`: a plan over 100,000 loans of which
a tenth is overdue, and 400 messages, unless said.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.databases import postgres, sqlite, there_is_postgres, timed
from benchmarks.portfolio import DAY, Kind, seed
from service.channels.memory import MemorySender
from service.db.engine import Database
from service.domain.collect.compliance import clear
from service.domain.days import SHANGHAI
from service.domain.money import yuan
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import NOON, TEXT, contact, draft, history, policy
from tests.service.collecting import for_everybody_alike, plan_now, send_now

LOANS, MESSAGES, DECISIONS = 100_000, 400, 20_000
MORNING = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
AHEAD = (MORNING.date() - DAY).days  # the portfolio's own day is earlier than the rules
OVERDUE = tuple(Kind(50, days - AHEAD) for days in range(1, 21))
TENTH = tuple(Kind(5, days - AHEAD) for days in range(1, 21)) + tuple(Kind(45, -days - AHEAD) for days in range(1, 21))
Unit = list[tuple[str, Any, bool]]  # of one commit: statement, parameters, whether there are many of them


def decisions() -> None:
    """Every text is another, as amounts are."""
    drafts = [draft(text=TEXT.replace("806.19", yuan(number + 100))) for number in range(DECISIONS)]
    who, past, rules = contact(), history(), policy()
    for name, at in (("let through", NOON), ("held back", NOON + timedelta(hours=11))):
        again = [replace(one, expires_at=at + timedelta(hours=1)) for one in drafts]
        seconds = timed(
            lambda at=at, again=again: [clear(one, contact=who, history=past, now=at, policy=rules) for one in again]
        )
        print(f"gate        {name:12} {DECISIONS / seconds:9,.0f} decisions a second", flush=True)


def written_by(database: Database, work: Callable[[], object]) -> tuple[float, list[Unit]]:
    """Does the work; its seconds, and what each of its commits wrote. Looks and locks are left out."""
    units: list[Unit] = [[]]

    def statement(_conn: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if sql.startswith(("INSERT", "UPDATE")):
            units[-1].append((sql, parameters, isinstance(parameters, list)))

    def commit(_conn: Any) -> None:
        units.append([])

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "commit", commit)
    seconds = timed(work)
    event.remove(database.engine, "before_cursor_execute", statement)
    event.remove(database.engine, "commit", commit)
    return seconds, [one for one in units if one]


def write_bare(database: Database, units: list[Unit]) -> None:
    """The same rows through the driver, with the same commits."""
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    for unit in units:
        if database.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        for sql, parameters, many in unit:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
            if cursor.description:  # RETURNING
                cursor.fetchall()
        raw.commit()
    raw.close()


def sending(name: str, make: Callable[[], Any], messages: int) -> None:
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(make()) for _ in range(2))
        clock, phone = FrozenClock(MORNING), MemorySender()
        for database in (ours, bare):
            seed(database, messages, OVERDUE)
            assert plan_now(database, clock) == messages
        seconds, units = written_by(ours, lambda: send_now(ours, clock, phone, limit=messages))
        assert len(phone.sent) == messages
        least = timed(lambda: write_bare(bare, units))
    print(
        f"send        {name:12} {messages / seconds:9,.0f} messages a second, bare {messages / least:9,.0f}   "
        f"{seconds / least:5.1f} × bare SQL",
        flush=True,
    )


def planning(name: str, make: Callable[[], Any], loans: int) -> None:
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(make()) for _ in range(2))
        for database in (ours, bare):
            seed(database, loans, TENTH)
        found: list[int] = []
        rules = for_everybody_alike()  # read once, as the scheduler does
        seconds, units = written_by(ours, lambda: found.append(plan_now(ours, FrozenClock(MORNING), by=rules)))
        least = timed(lambda: write_bare(bare, units))
    print(
        f"plan        {name:12} {loans:9,} loans, {loans // 10:,} overdue, {found[0]:,} messages planned   "
        f"{seconds:6.2f} s {loans / seconds:9,.0f} loans a second   {seconds / least:5.1f} × bare SQL ({least:.2f} s)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate")
    parser.add_argument("loans", nargs="?", type=int, default=LOANS)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    wish = parser.parse_args()
    decisions()
    databases: dict[str, Callable[[], Any]] = {"SQLite": sqlite}
    if there_is_postgres():
        databases["PostgreSQL"] = postgres
    else:
        print("send, plan  PostgreSQL is not running here")
    for name, make in databases.items():
        sending(name, make, wish.messages)
    for name, make in databases.items():
        planning(name, make, wish.loans)


if __name__ == "__main__":
    main()

"""A payment and a message race for one debtor after another on PostgreSQL, in transactions of their own.

Both hold the debtor's row, so that one comes after the other: numbers drawn just before each commit, while the row is
still held, say which. A message whose claim was committed after the payment must not exist. `python -m
benchmarks.pay_or_send [debtors] [--seed N]`: 10,000 unless said.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.databases import postgres
from benchmarks.portfolio import Kind, seed
from service.db import collect_outreach as log
from service.db.engine import Database
from service.domain.collect.compliance import Cleared
from service.domain.days import SHANGHAI
from service.usecases.ports import FrozenClock
from tests.service.collecting import pay, plan_now, send_now

DEBTORS = 10_000
MORNING = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
LATE = (Kind(1000, 5),)  # on the portfolio's day; by now in M3
JITTER_SECONDS = 0.012  # about as long as a claim takes


@dataclass
class Order:
    """Which came first: numbers for commits, by thread, and for what reaches the phone."""

    numbers: Iterator[int] = field(default_factory=itertools.count)
    mine: threading.local = field(default_factory=threading.local)

    def committing(self, _conn: Any) -> None:
        self.mine.last = next(self.numbers)

    @contextmanager
    def watching(self, database: Database) -> Iterator[None]:
        event.listen(database.engine, "commit", self.committing)
        try:
            yield
        finally:
            event.remove(database.engine, "commit", self.committing)


@dataclass
class Phone:
    """Notes for each debtor the number of the claim that let his message through, and the one at which it came."""

    order: Order
    claims: dict[str, list[int]] = field(default_factory=dict)
    came: dict[str, int] = field(default_factory=dict)

    def send(self, cleared: Cleared) -> int:
        borrower_id = cleared.draft.borrower_id
        self.claims.setdefault(borrower_id, []).append(self.order.mine.last)
        self.came[borrower_id] = next(self.order.numbers)
        return len(self.claims)


@dataclass
class Result:
    """`on_its_way`: let through before the payment, and with the sender when that was committed."""

    sent: int = 0
    cancelled: int = 0
    on_its_way: int = 0
    after_payment: list[str] = field(default_factory=list)


def race(database: Database, debtors: int, *, dice: random.Random, told: Any = lambda _: None) -> Result:
    """Fill an empty database, plan, and let each debtor pay while his message is sent."""
    seed(database, debtors, LATE)
    clock = FrozenClock(MORNING)
    assert plan_now(database, clock) == debtors
    order, result = Order(), Result()
    phone = Phone(order)
    with order.watching(database), ThreadPoolExecutor(2) as pool:
        for number in range(debtors):
            _one(database, order, phone, result, pool=pool, dice=dice)
            told(number + 1)
    return result


def _one(
    database: Database, order: Order, phone: Phone, result: Result, *, pool: ThreadPoolExecutor, dice: random.Random
) -> None:
    with database.reading() as conn:
        (row,) = log.next_planned(conn, now=MORNING, limit=1)
    start, waits = threading.Barrier(2), (dice.uniform(0, JITTER_SECONDS), dice.uniform(0, 2 * JITTER_SECONDS))

    def sending() -> None:
        start.wait()
        time.sleep(waits[0])
        send_now(database, FrozenClock(MORNING), phone, limit=1)

    def paying() -> tuple[int, int]:
        start.wait()
        time.sleep(waits[1])
        pay(database, clock=FrozenClock(MORNING - timedelta(seconds=1)), borrower_id=row.borrower_id)
        return order.mine.last, next(order.numbers)

    sent, paid = pool.submit(sending), pool.submit(paying)
    committed, done = paid.result()
    sent.result()
    claims = phone.claims.get(row.borrower_id, [])
    result.sent += len(claims)
    result.cancelled += not claims
    result.on_its_way += bool(claims) and phone.came[row.borrower_id] > done
    if len(claims) > 1 or any(claim > committed for claim in claims):
        result.after_payment.append(row.borrower_id)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pay_or_send")
    parser.add_argument("debtors", nargs="?", type=int, default=DEBTORS)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    started = time.monotonic()

    def told(done: int) -> None:
        if sys.stderr.isatty() or done % 1000 == 0:
            left = (time.monotonic() - started) / done * (wish.debtors - done)
            print(f"{done:,} of {wish.debtors:,}, {left:.0f} s left", end="\r", file=sys.stderr, flush=True)

    with postgres() as database:
        result = race(database, wish.debtors, dice=random.Random(wish.seed), told=told)
    print(
        f"race        {wish.debtors:,} payments against messages, PostgreSQL: {result.sent:,} sent before the payment, "
        f"{result.cancelled:,} cancelled by it, {len(result.after_payment)} sent after it; {result.on_its_way:,} were "
        f"with the sender when it was committed   {time.monotonic() - started:.0f} s, seed {wish.seed}"
    )
    assert not result.after_payment, result.after_payment[:3]


if __name__ == "__main__":
    main()

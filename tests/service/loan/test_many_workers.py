"""Sixteen workers pay, repeat, take back, move and close on the same few loans of PostgreSQL at once, as threads and as
processes.

Nothing is lost, nothing is posted or taken back twice, and every sum is exact. Some seconds long; XIAOQING_LONG=60
makes it a minute. Run as a module this file is one of the processes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import NotFound, Refused
from service.usecases.loan.age_loan import age_borrowers
from service.usecases.loan.close_day import close_day
from service.usecases.loan.move_payment import move_payment
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import assert_projection_is_the_journal, book_of, borrow, noon, pay_on

SECONDS = float(os.environ.get("XIAOQING_LONG", "3")) / 2  # for the threads, and again for the processes
WORKERS, PROCESSES = 16, 4
BORROWERS = ("b-1", "b-2", "b-3")
START = date(2026, 7, 18)
Told = tuple[str, str, bool, tuple[int, ...]]  # deed, payment id, duplicate, what its receipt says


def lend(database: Database) -> int:
    """Returns the fen paid out: two loans each, one of them a drawdown with its own order of allocation."""
    with database.transaction() as conn:
        for borrower_id in BORROWERS:
            borrow(conn, borrower_id=borrower_id, loan_id=f"f-{borrower_id}", on=START)
            cash = {"product_code": "cash", "principal_fen": 1_000_000, "on": START + timedelta(days=10)}
            borrow(conn, borrower_id=borrower_id, loan_id=f"c-{borrower_id}", **cash)  # type: ignore[arg-type]
        return len(BORROWERS) * 1_600_000


def payment(number: int) -> tuple[str, str, int, date]:
    """Id, borrower, fen and day of the payment with a number: whoever posts it asks the same."""
    dice = random.Random(number)
    return (
        f"p-{number}",
        dice.choice(BORROWERS),
        dice.choice((1, 99, 701, 5_000, 53_985)),
        START + timedelta(dice.randrange(150)),
    )


def work(database: Database, worker: int, until: float) -> list[Told]:
    """Until the time is over: mostly payments, a third of which somebody else posts too, and some of those are taken
    back or moved by several at once; now and then days pass."""
    dice = random.Random(f"worker {worker}")
    told: list[Told] = []
    turn = 0
    while time.time() < until or turn < 12:  # on a slow machine, too, each deed is done
        turn += 1
        if worker == 0 and turn % 20 == 0:
            close_day(database, business_date=START + timedelta(turn // 20), clock=FrozenClock(noon(START)))
        elif turn % 15 == 0:
            day = START + timedelta(dice.randrange(150))
            with database.transaction() as conn:
                age_borrowers(conn, borrower_ids=sorted(dice.sample(BORROWERS, 2)), today=day, now=noon(day))
        elif turn % 5 == 0:
            found = dice.randrange(1, turn + 1)
            told += take_back(database, found) if turn % 2 else move(database, found, dice)
        else:
            mine = worker * 1_000_000 + turn
            told.append(post(database, turn if dice.random() < 0.33 else mine))
    return told


def take_back(database: Database, number: int) -> list[Told]:
    """Nothing where nobody has posted it yet."""
    with database.transaction() as conn:
        try:
            done = reverse_payment(conn, payment_id=f"p-{number}", by="王敏", reason="bounced", now=noon(START))
        except NotFound:
            return []
    return [("taken back", done.payment_id, done.duplicate, ())]


def move(database: Database, number: int, dice: random.Random) -> list[Told]:
    """Nothing where nobody has posted it yet, or somebody has taken it back."""
    to = dice.choice([one for one in BORROWERS if one != payment(number)[1]])
    with database.transaction() as conn:
        try:
            receipt = move_payment(conn, payment_id=f"p-{number}", to=to, by="王敏", now=noon(START))
        except (NotFound, Refused):
            return []
    return [("moved", f"p-{number}", receipt.duplicate, ())]


def post(database: Database, number: int) -> Told:
    payment_id, borrower_id, fen, day = payment(number)
    with database.transaction() as conn:
        receipt = pay_on(conn, day, fen, payment_id=payment_id, borrower_id=borrower_id)
    said = asdict(receipt)
    parts = ("fee_fen", "penalty_fen", "interest_fen", "principal_fen", "to_suspense_fen", "still_overdue_fen")
    return "posted", payment_id, receipt.duplicate, tuple(said[name] for name in parts)


def check(database: Database, told: list[Told], paid_out_fen: int) -> None:
    posted = [one for one in told if one[0] == "posted"]
    numbers = {payment_id: payment(int(payment_id.removeprefix("p-"))) for _, payment_id, _, _ in posted}
    first = [payment_id for _, payment_id, duplicate, _ in posted if not duplicate]
    assert Counter(first).most_common(1)[0][1] == 1, "a payment was posted twice"
    assert set(first) == set(numbers), "a payment was lost"
    assert len({(payment_id, said) for _, payment_id, _, said in posted}) == len(numbers), "a repeat differs"
    assert len(posted) > len(numbers) > WORKERS
    gone = [payment_id for deed, payment_id, duplicate, _ in told if deed != "posted" and not duplicate]
    assert len(gone) == len(set(gone)), "a payment was taken back twice"
    assert {deed for deed, _, _, _ in told} == {"posted", "taken back", "moved"}
    with database.reading() as conn:
        receipts = {row.payment_id: row for row in conn.execute(select(tables.receipt))}
        moved = {payment_id: one for payment_id, one in receipts.items() if ">" in payment_id}
        assert receipts.keys() - moved.keys() == numbers.keys()
        assert {payment_id for payment_id, one in receipts.items() if one.reversed_at} == set(gone)
        assert {one.partition(">")[0] for one in moved} == {one[1] for one in told if one[0] == "moved"}
        for payment_id, borrower_id, fen, _ in numbers.values():
            assert (receipts[payment_id].borrower_id, receipts[payment_id].amount_fen) == (borrower_id, fen)
        cash_fen = suspense_fen = received_fen = 0
        for borrower_id in BORROWERS:
            balances, book = assert_projection_is_the_journal(conn, borrower_id), book_of(conn, borrower_id)
            assert verify_borrower(conn, borrower_id) == ()
            cash_fen += balances.cash_fen
            suspense_fen += book.suspense_fen
            received_fen += sum(loan.received_fen for loan in book.loans)
        paid_fen = sum(one.amount_fen for one in receipts.values() if one.reversed_at is None)
        assert paid_fen == sum(fen for _, _, fen, _ in numbers.values()) - sum(
            numbers[one][2] for one in gone if not any(other.startswith(f"{one}>") for other in moved)
        )
        assert cash_fen == paid_fen - paid_out_fen
        assert received_fen + suspense_fen == paid_fen
        line = tables.journal_line.c
        unbalanced = select(line.entry_id).group_by(line.entry_id).having(func.sum(line.amount_fen) != 0)
        assert conn.execute(unbalanced).first() is None


def test_sixteen_threads_lose_nothing_and_post_nothing_twice(postgres_database: Database) -> None:
    paid_out_fen = lend(postgres_database)
    until = time.time() + SECONDS
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda worker: work(postgres_database, worker, until), range(WORKERS)))
    check(postgres_database, [one for told in found for one in told], paid_out_fen)


@pytest.fixture
def processes(postgres_database: Database) -> Iterator[list[subprocess.Popen[str]]]:
    """Four processes of four threads each; none outlives the test."""
    root = Path(__file__).parents[3]
    started = []
    for number in range(PROCESSES):
        command = [sys.executable, "-m", __name__, postgres_database.url, str(number), str(SECONDS)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd=root, **pipes))  # type: ignore[call-overload]
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_sixteen_workers_in_four_processes_lose_nothing_either(
    postgres_database: Database, processes: list[subprocess.Popen[str]]
) -> None:
    paid_out_fen = lend(postgres_database)
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told: list[Told] = []
    for process in processes:
        said, _ = process.communicate(timeout=SECONDS + 60)
        assert process.returncode == 0
        told += [(deed, payment_id, duplicate, tuple(parts)) for deed, payment_id, duplicate, parts in json.loads(said)]
    check(postgres_database, told, paid_out_fen)


def main(url: str, number: str, seconds: str) -> None:
    """Says when it is ready, works from `go` on, then prints what it was told."""
    database = Database(url)
    each = WORKERS // PROCESSES
    workers = range(int(number) * each, int(number) * each + each)
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.time() + float(seconds)
    with ThreadPoolExecutor(each) as pool:
        found = list(pool.map(lambda worker: work(database, worker, until), workers))
    print(json.dumps([one for told in found for one in told]))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

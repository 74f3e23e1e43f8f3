"""What the database writes at a close of day is, row for row and hash for hash, what the domain says.

XIAOQING_LONG multiplies the number of portfolios; a failing one is named by its seed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from service.db.engine import Database
from service.db.loan import borrower_ids
from service.db.loan_close_terms import whole_terms
from service.db.tables import loan as tables
from service.domain.loan.interest import accrued_fen
from service.usecases.loan import close_day as closing
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.portfolios import ROUNDINGS, START, Portfolio, close, every_row, spoil

PORTFOLIOS = int(3 * float(os.environ.get("XIAOQING_LONG", "1")))
BORROWERS = 24
TABLES = ("borrower", "loan", "instalment", "ageing_tag", "journal_entry", "journal_line")


def by_the_domain(
    conn: Connection, *, first: str, last: str, day: date, now: object
) -> list[str]:
    """As if no borrower were ordinary."""
    return list(
        conn.exec_driver_sql("SELECT borrower_id FROM closing_work ORDER BY borrower_id").scalars()
    )


@contextmanager
def only_the_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(closing, "close_ordinary", by_the_domain)
        yield


def days_of(seed: int) -> list[date]:
    """A long quiet time, then days around the first dues, around 91 days past due, and some missed ones."""
    dice = random.Random(seed)
    first = START + timedelta(days=31)
    near = [first + timedelta(days=ahead) for ahead in range(-2, 9)]
    later = sorted({first + timedelta(days=dice.randrange(10, 80)) for _ in range(4)})
    ninety = [first + timedelta(days=ahead) for ahead in range(88, 97)]
    return [*near, *later, *ninety]


def live_through(database: Database, seed: int) -> int:
    """Returns how many borrowers the closes have aged."""
    portfolio, aged = Portfolio(seed, borrowers=BORROWERS), 0
    portfolio.lend(database)
    for number, day in enumerate(days_of(seed)):
        portfolio.live(database, day, share=0.3 if number % 4 == 0 else 0.05)
        done = close(database, day)
        assert done.failures == ()
        aged += done.aged
    return aged


def assert_the_same(one: Database, other: Database) -> None:
    with one.reading() as left, other.reading() as right:
        rows, expected = every_row(left), every_row(right)
    for name in TABLES:
        assert rows[name] == expected[name], name


@pytest.mark.parametrize("seed", range(PORTFOLIOS))
def test_the_database_and_the_domain_write_the_same_rows(
    seed: int,
    sqlite_database: Database,
    postgres_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    specified = Database(f"sqlite:///{tmp_path_factory.mktemp('domain') / 'test.db'}")
    tables.metadata.create_all(specified.engine)
    with only_the_domain(monkeypatch):
        aged = live_through(specified, seed)
    for database in (sqlite_database, postgres_database):
        books = count_books(monkeypatch)
        assert live_through(database, seed) == aged
        assert sum(books) < aged / 2, "the domain did most of it"
        assert not caplog.records, "a chunk failed and was done by the domain"
        assert_the_same(database, specified)
    with sqlite_database.reading() as conn:
        for borrower_id in borrower_ids(conn):
            assert verify_borrower(conn, borrower_id) == ()
    specified.close()


def count_books(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many borrowers each call gave to the domain."""
    real, seen = closing.age_borrowers, []

    def counted(conn: Connection, *, borrower_ids: Sequence[str], **rest: Any) -> Any:
        seen.append(len(borrower_ids))
        return real(conn, borrower_ids=borrower_ids, **rest)

    monkeypatch.setattr(closing, "age_borrowers", counted)
    return seen

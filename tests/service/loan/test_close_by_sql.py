"""What the database writes at a close of day is, row for row and hash for hash, what the domain says.

XIAOQING_LONG multiplies the number of portfolios; a failing one is named by its seed.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from service.db.engine import Database
from service.db.loan import borrower_ids
from service.db.loan_close import list_work
from service.db.tables import loan as tables
from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.interest import accrued_fen
from service.usecases.loan import close_day as closing
from service.usecases.loan.debt import debt_of
from service.usecases.loan.defer import defer
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.ledger import book_of, borrow, noon, pay_on, somebody_waits_for
from tests.service.loan.portfolios import START, Portfolio, close, every_row, spoil
from tests.service.serving import eventually

PORTFOLIOS = int(3 * float(os.environ.get("XIAOQING_LONG", "1")))
BORROWERS = 24
TABLES = ("borrower", "loan", "instalment", "ageing_tag", "journal_entry", "journal_line")


def by_the_domain(conn: Connection, *, first: str, last: str, day: date, now: object) -> list[str]:
    """As if no borrower were ordinary."""
    return list(conn.exec_driver_sql("SELECT borrower_id FROM closing_work ORDER BY borrower_id").scalars())


@contextmanager
def only_the_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(closing, "close_ordinary", by_the_domain)
        yield


def days_of(seed: int) -> list[date]:
    """A long quiet time, then days around the first dues, around 91 days past due, and some missed ones."""
    dice = random.Random(seed)
    first = START + timedelta(days=31)
    # where the ledger's very first close is one after the first dues, they are recognised later than their day
    near = [first + timedelta(days=ahead) for ahead in range(4 if seed % 3 == 1 else -2, 9)]
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


def test_the_statements_know_everything_that_a_loan_has() -> None:
    """Whoever gives loans something new decides whether a day with it is ordinary, and adds it here."""
    assert " ".join(one.name for one in fields(LoanState)) == (
        "id borrower_id credit_line_id product_code product_name brand purpose principal_fen disbursed_on annual_rate "
        "method day_count periods due_day rounding penalty_rate grace_days grace_mode early_fee_rate allocation_order "
        "allocation_mode debt_order products_version instalments principal_first_from status settled_on days_past_due "
        "bucket aged_on non_accrual written_off_on pauses plan principal_grace_periods interest_by_day card purchases"
    )
    assert " ".join(one.name for one in fields(InstalmentState)) == (
        "no due_on starts_on ends_on principal_fen interest_fen fee_fen penalty_fen principal_paid_fen "
        "interest_paid_fen fee_paid_fen penalty_paid_fen recognised_interest_fen penalty_fen_days penalty_days "
        "penalty_waived_fen interest_fen_days stated_fen minimum_fen paid_on"
    )


def test_closing_again_changes_nothing_and_a_close_that_died_between_chunks_goes_on(
    database: Database, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = Database(f"sqlite:///{tmp_path_factory.mktemp('other') / 'test.db'}")
    tables.metadata.create_all(undisturbed.engine)
    first = START + timedelta(days=31)
    days = [first + timedelta(days=ahead) for ahead in range(-1, 8)]
    for each in (undisturbed, database):
        Portfolio(7, borrowers=12).lend(each)
        for day in days[:-1]:
            close(each, day)
    close(undisturbed, days[-1])
    with monkeypatch.context() as patch:
        patch.setattr(closing, "CHUNK", 4)
        real, calls = closing.close_ordinary, []

        def dies_at_the_third(conn: Connection, **asked: Any) -> list[str]:
            calls.append(asked)
            found = real(conn, **asked)
            if len(calls) == 3:
                raise OperationalError("the database went away", None, Exception())
            return found

        patch.setattr(closing, "close_ordinary", dies_at_the_third)
        with pytest.raises(OperationalError):
            close(database, days[-1])
        with database.reading() as conn:
            reached = set(conn.execute(select(tables.loan.c.aged_on)).scalars())
        assert {days[-2], days[-1]} <= reached
        done = close(database, days[-1])
    assert (done.days, done.aged) == ((days[-1],), 4)
    assert_the_same(database, undisturbed)
    again = close(database, days[-1])
    assert (again.days, again.aged) == ((), 0)
    assert_the_same(database, undisturbed)
    undisturbed.close()


def test_a_chunk_done_twice_at_a_time_is_done_once(database: Database) -> None:
    """Two closes of one day, the second of which has noted its work before the first does it."""
    Portfolio(3, borrowers=6).lend(database)
    day = START + timedelta(days=34)
    close(database, day - timedelta(days=1))
    with database.session() as session:
        with session.scratch() as conn:
            assert list_work(conn, day=day)
        close(database, day)
        with database.reading() as conn:
            before = every_row(conn)
        people = sorted(Portfolio(3, borrowers=6).people)
        with session.transaction() as conn:
            others = closing.close_ordinary(conn, first=people[0], last=people[-1], day=day, now=noon(day))
            assert len(others) < len(people)
            closing.age_borrowers(conn, borrower_ids=others, today=day, now=noon(day))
    with database.reading() as conn:
        assert every_row(conn) == before


def test_a_loan_that_was_written_off_while_it_accrued_is_the_domains(database: Database) -> None:
    """As loans were before a write-off ended that: its next day puts it right."""
    following = lent(database, "b-1")
    with database.transaction() as conn:
        conn.execute(update(tables.loan).values(written_off_on=following - timedelta(days=1)))
    close(database, following)
    with database.reading() as conn:
        assert book_of(conn, "b-1").loans[0].non_accrual


def lent(database: Database, *names: str) -> date:
    """A loan each, all past their first due date; returns the day after the one closed last."""
    with database.transaction() as conn:
        for name in names:
            borrow(conn, borrower_id=name, loan_id=f"l-{name}")
    for ahead in range(5):
        day = date(2026, 8, 18) + timedelta(days=ahead)
        close(database, day)
    return day + timedelta(days=1)


def test_a_borrower_whom_the_journal_refuses_is_set_aside_and_the_rest_goes_on(database: Database) -> None:
    """The key of his entry is taken: one refused row takes back what was written of the whole chunk."""
    day = lent(database, "a", "b", "c")
    with database.transaction() as conn:
        number = conn.execute(select(func.max(tables.journal_entry.c.id))).scalar_one() + 1_000
        line = {"entry_id": number, "loan_id": "l-b", "instalment_no": 1}
        sides = [{"no": 1, "account": "fee", "amount_fen": 1}, {"no": 2, "account": "fee_income", "amount_fen": -1}]
        conn.execute(insert(tables.journal_line), [line | side for side in sides])
        head = {"id": number, "entry_key": f"accrual:b:{day}", "kind": "accrual", "borrower_id": "b", "hash": "?"}
        conn.execute(insert(tables.journal_entry), head | {"business_date": day, "created_at": noon(day)})
    done = close(database, day)
    assert (done.aged, [one.borrower_id for one in done.failures]) == (2, ["b"])
    with database.reading() as conn:
        assert [book_of(conn, name).loans[0].days_past_due for name in "abc"] == [5, 4, 5]
        assert verify_borrower(conn, "a") == verify_borrower(conn, "c") == ()


def test_a_loan_that_is_late_no_longer_accrues_again_at_once_and_is_closed_like_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was 94 days late when its arrears were paid."""
    lent(database, "a")
    paid_on, due_on = date(2026, 11, 20), date(2026, 12, 18)
    close(database, paid_on)
    with database.transaction() as conn:
        assert book_of(conn, "a").loans[0].non_accrual
        owed = debt_of(conn, borrower_id="a", today=paid_on).overdue_fen
        pay_on(conn, paid_on, owed, borrower_id="a")
        assert not book_of(conn, "a").loans[0].non_accrual
        assert verify_borrower(conn, "a") == ()
    books = count_books(monkeypatch)
    assert close(database, due_on).aged == 1
    assert books == []
    with database.reading() as conn:
        assert not book_of(conn, "a").loans[0].non_accrual
        assert verify_borrower(conn, "a") == ()


def test_a_deferred_loan_that_does_not_accrue_goes_on_so_until_it_is_paid(database: Database) -> None:
    lent(database, "a")
    moved_on, due_on = date(2026, 11, 20), date(2026, 12, 18)
    close(database, moved_on)
    with database.transaction() as conn:
        defer(
            conn, loan_id="l-a", months=4, approved_by="组长", plan_id="h", now=noon(moved_on), today=moved_on
        )  # fmt: skip
    assert close(database, due_on).aged == 1
    with database.reading() as conn:
        loan = book_of(conn, "a").loans[0]
        assert (loan.non_accrual, loan.days_past_due, loan.aged_on) == (True, 0, due_on)
        assert verify_borrower(conn, "a") == ()


def test_a_contract_that_nobody_can_read_stops_nobody_else(database: Database) -> None:
    day = lent(database, "a", "b", "c")
    with database.transaction() as conn:
        conn.execute(text("UPDATE loan SET penalty_rate = 'much' WHERE id = 'l-b'"))
    done = close(database, day)
    assert (done.aged, [one.borrower_id for one in done.failures]) == (2, ["b"])


def test_terms_that_would_overflow_are_done_by_the_domain(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    day = lent(database, "a", "b")
    rate = Decimal("0.2159999999999999")
    spoil(database, ["l-b"], penalty_rate=rate)
    books = count_books(monkeypatch)
    assert close(database, day).failures == ()
    assert books == [1]
    with database.reading() as conn:
        one = book_of(conn, "b").loans[0].instalments[0]
    assert one.penalty_fen == accrued_fen(one.penalty_fen_days, annual_rate=rate, days=1, year_basis=360) > 0


def test_a_payment_that_a_close_has_to_wait_for_is_not_lost(postgres_database: Database) -> None:
    database = postgres_database
    day = lent(database, "a", "b", "c")
    found: list[Any] = []
    closes = threading.Thread(target=lambda: found.append(close(database, day)))
    with database.transaction() as conn:
        pay_on(conn, day - timedelta(days=1), 20_000, payment_id="p", borrower_id="b")
        closes.start()
        eventually(lambda: somebody_waits_for(conn, database))
    closes.join(60)
    assert (found[0].aged, found[0].failures) == (3, ())
    with database.reading() as conn:
        for name in "abc":
            assert verify_borrower(conn, name) == ()
        assert sum(one.principal_paid_fen for one in book_of(conn, "b").loans[0].instalments) > 0
        assert book_of(conn, "b").loans[0].aged_on == day

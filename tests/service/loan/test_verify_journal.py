"""The proof of the ledger finds what was changed behind its back, and names the borrower."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, update

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.loan.payment import Share
from service.usecases.loan.payoff import payoff
from service.usecases.loan.reverse_payment import reverse_payment
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, book_of, borrow, noon, pay_on
from tests.service.loan.portfolios import close

DUE = date(2026, 8, 18)


def lived(conn: Connection) -> None:
    """Two loans, a payment in time, one that bounced, one told late."""
    borrow(conn)
    borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 7, 28))
    pay_on(conn, DUE, 53_985, payment_id="in-time")
    pay_on(conn, date(2026, 9, 30), 20_000, payment_id="bounced")
    reverse_payment(conn, payment_id="bounced", by="组长", reason="bounced", now=noon(date(2026, 10, 2)))
    pay_on(conn, date(2026, 9, 18), 53_985, payment_id="late")


def test_a_ledger_that_lived_is_proved(database: Database) -> None:
    with database.transaction() as conn:
        lived(conn)
    with database.reading() as conn:
        assert verify_borrower(conn, BORROWER) == ()
        assert [one.what for one in verify_borrower(conn, "nobody")] == ["there is no such borrower"]


def test_a_loan_that_was_found_settled_long_ago_ages_no_other(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        price = payoff(conn, borrower_id=BORROWER, today=DUE).total_fen
    assert close(database, date(2026, 9, 29)).failures == ()
    with database.transaction() as conn:
        pay_on(conn, DUE, price, shares=(Share(FRIDGE, price, settles=True),))
        assert [one.status for one in book_of(conn).loans] == ["settled"]
        borrow(conn, loan_id=CASH, product_code="cash", on=date(2026, 8, 20))
    with database.reading() as conn:
        assert verify_borrower(conn, BORROWER) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (update(tables.instalment).where(tables.instalment.c.no == 3).values(penalty_fen=7), "penalty is 7"),
        (update(tables.borrower).values(suspense_fen=1), "suspense is 1"),
        (update(tables.loan).where(tables.loan.c.id == CASH).values(days_past_due=0), "not what its history makes it"),
    ],
    ids=["an instalment", "the deposit", "the days past due"],
)
def test_a_balance_that_was_changed_is_found(database: Database, change: object, words: str) -> None:
    with database.transaction() as conn:
        lived(conn)
        conn.execute(change)  # type: ignore[call-overload]
        found = verify_borrower(conn, BORROWER)
    assert {one.borrower_id for one in found} == {BORROWER}
    assert any(words in one.what for one in found), found


def behind_its_back(database: Database, change: str) -> None:
    """A change by somebody who takes the triggers away first."""
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    names = [row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for name in names:
        cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute(change)
    raw.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE journal_line SET amount_fen = amount_fen + 1 WHERE entry_id = 1 AND no = 1", "cannot be read"),
        ("UPDATE journal_line SET account = 'gold' WHERE entry_id = 1 AND no = 1", "'gold' is not a valid Account"),
        ("UPDATE ledger_event SET kind = 'gift' WHERE event_key = 'payment:in-time'", "'gift'"),
    ],
)
def test_what_makes_no_sense_any_more_is_a_fault_and_no_failure(
    sqlite_database: Database, change: str, words: str
) -> None:
    with sqlite_database.transaction() as conn:
        lived(conn)
    behind_its_back(sqlite_database, change)
    with sqlite_database.reading() as conn:
        assert any(words in one.what for one in verify_borrower(conn, BORROWER))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal_entry SET business_date = '2026-08-17' WHERE entry_key = 'payment:in-time'",
        "UPDATE journal_line SET amount_fen = amount_fen * 2 WHERE entry_id = (SELECT min(entry_id) FROM journal_line)",
        "DELETE FROM journal_entry WHERE entry_key = 'payment:in-time'",
    ],
)
def test_whoever_gets_around_the_triggers_breaks_the_chain(sqlite_database: Database, change: str) -> None:
    with sqlite_database.transaction() as conn:
        lived(conn)
    behind_its_back(sqlite_database, change)
    with sqlite_database.reading() as conn:
        assert any("hash" in one.what for one in verify_borrower(conn, BORROWER))

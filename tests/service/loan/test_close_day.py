"""The close of day: catches up, repeats harmlessly, and is not stopped by one broken loan."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from service.db.engine import Database
from service.db.tables import loan as tables
from service.usecases.loan import close_day as closing
from service.usecases.loan.close_day import close_day
from service.usecases.loan.defer import defer
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import (
    BORROWER,
    FRIDGE,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    noon,
    pay_on,
    rows,
)

DUE = date(2026, 8, 18)
CLOCK = FrozenClock(noon(date(2026, 9, 1)))


def lend_to(database: Database, *numbers: int) -> None:
    with database.transaction() as conn:
        for number in numbers:
            borrow(conn, borrower_id=f"b-{number}", loan_id=f"l-{number}")


def test_a_close_recognises_what_is_due_and_ages_what_is_late(database: Database) -> None:
    lend_to(database, 1, 2)
    with database.transaction() as conn:
        pay_on(conn, DUE, 53_985, borrower_id="b-2")
    done = close_day(database, business_date=DUE + timedelta(days=5), clock=CLOCK)
    assert (done.aged, done.failures) == (1, ())
    with database.reading() as conn:
        late, paid = book_of(conn, "b-1").loans[0], book_of(conn, "b-2").loans[0]
        assert (late.days_past_due, late.bucket) == (5, "M1")
        assert late.instalments[0].penalty_fen == 140  # 46,785 fen × 0.06 % × 5 days = 140.355
        assert (paid.days_past_due, paid.bucket) == (0, "M0")
        tags = conn.execute(select(tables.ageing_tag).where(tables.ageing_tag.c.loan_id == "l-1")).all()
        assert sorted((tag.bucket, tag.left_on is None) for tag in tags) == [("M0", False), ("M1", True)]


def test_closing_twice_changes_nothing(database: Database) -> None:
    lend_to(database, 1)
    day = DUE + timedelta(days=5)
    close_day(database, business_date=day, clock=CLOCK)
    with database.reading() as conn:
        before, book = rows(conn), book_of(conn)
    again = close_day(database, business_date=day, clock=CLOCK)
    assert again.days == ()
    earlier = close_day(database, business_date=day - timedelta(days=3), clock=CLOCK)
    assert earlier.days == ()
    with database.reading() as conn:
        assert rows(conn) == before
        assert book_of(conn) == book


def test_missed_days_are_caught_up_and_leave_what_daily_closes_leave(
    sqlite_database: Database, postgres_database: Database
) -> None:
    start = DUE - timedelta(days=1)
    for database, days in ((sqlite_database, range(25)), (postgres_database, (0, 24))):
        lend_to(database, 1)
        for ahead in days:
            close_day(database, business_date=start + timedelta(days=ahead), clock=CLOCK)
    with sqlite_database.reading() as daily, postgres_database.reading() as once:
        assert book_of(daily) == book_of(once)
        closed = once.execute(select(tables.day_close.c.business_date)).all()
        assert len(closed) == 25
        assert assert_projection_is_the_journal(once) == assert_projection_is_the_journal(daily)


def test_a_broken_loan_is_set_aside_and_the_others_are_closed(database: Database) -> None:
    lend_to(database, 1, 2, 3)
    with database.transaction() as conn:
        conn.execute(update(tables.loan).where(tables.loan.c.id == "l-2").values(grace_mode="no such mode"))
    day = DUE + timedelta(days=10)
    done = close_day(database, business_date=day, clock=CLOCK)
    assert done.aged == 2
    assert [one.borrower_id for one in done.failures] == ["b-2"]
    with database.reading() as conn:
        assert book_of(conn, "b-3").loans[0].days_past_due == 10
        kept = conn.execute(select(tables.day_close.c.failures)).scalar_one()
        assert kept[0]["borrower_id"] == "b-2"
    with database.transaction() as conn:
        conn.execute(update(tables.loan).where(tables.loan.c.id == "l-2").values(grace_mode="backdate"))
    mended = close_day(database, business_date=day, clock=CLOCK)
    assert (mended.days, mended.aged, mended.failures) == ((), 1, ())
    assert close_day(database, business_date=day, clock=CLOCK).aged == 0
    close_day(database, business_date=day + timedelta(days=1), clock=CLOCK)
    with database.reading() as conn:
        repaired, neighbour = book_of(conn, "b-2").loans[0], book_of(conn, "b-3").loans[0]
        assert repaired.instalments == neighbour.instalments


def test_a_close_that_died_half_way_is_finished_by_the_next_run(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_to(sqlite_database, 1, 2, 3)
    monkeypatch.setattr(closing, "CHUNK", 1)
    real, seen = closing.age_borrowers, []

    def dies_at_the_second(conn, *, borrower_ids, today, now):
        seen.append(borrower_ids)
        if len(seen) == 2:
            raise OperationalError("the database went away", None, Exception())
        return real(conn, borrower_ids=borrower_ids, today=today, now=now)

    monkeypatch.setattr(closing, "age_borrowers", dies_at_the_second)
    day = DUE + timedelta(days=4)
    with pytest.raises(OperationalError):
        close_day(sqlite_database, business_date=day, clock=CLOCK)
    done = close_day(sqlite_database, business_date=day, clock=CLOCK)
    assert (done.days, done.aged) == ((day,), 2)
    with sqlite_database.reading() as conn:
        assert {book_of(conn, f"b-{n}").loans[0].days_past_due for n in (1, 2, 3)} == {4}


def test_progress_ends_at_the_number_of_borrowers(sqlite_database: Database) -> None:
    lend_to(sqlite_database, 1, 2, 3)
    told: list[tuple[int, int]] = []
    close_day(sqlite_database, business_date=DUE, clock=CLOCK, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)


def test_a_deferral_moves_due_dates_stops_the_lateness_and_keeps_what_was_charged(database: Database) -> None:
    lend_to(database, 1)
    today = DUE + timedelta(days=40)
    asked = {"loan_id": "l-1", "months": 2, "approved_by": "组长", "plan_id": "h-1", "now": noon(today), "today": today}
    with database.transaction() as conn:
        defer(conn, **asked)
        defer(conn, **asked)
        loan = book_of(conn).loans[0]
        assert loan.instalments[0].due_on == date(2026, 10, 18)
        assert loan.instalments[-1].due_on == date(2027, 9, 18)
        assert (loan.days_past_due, loan.bucket) == (0, "M0")
        charged = loan.instalments[0].penalty_fen
        assert charged == 1_123  # 46,785 fen × 0.06 % × 40 days = 1,122.84
    close_day(database, business_date=date(2026, 10, 18), clock=CLOCK)
    with database.reading() as conn:
        assert book_of(conn).loans[0].instalments[0].penalty_fen == charged
    close_day(database, business_date=date(2026, 10, 28), clock=CLOCK)
    with database.reading() as conn:
        # ten more days: 46,785 × 0.06 % × 50 = 1,403.55
        assert book_of(conn).loans[0].instalments[0].penalty_fen == 1_404
        assert_projection_is_the_journal(conn)


def test_a_deferral_too_short_to_end_the_lateness_charges_no_day_twice(sqlite_database: Database) -> None:
    """40 days late, moved by a month: 9 days late. A day later there are 41 days of penalty, not 40 + 10."""
    lend_to(sqlite_database, 1)
    today = DUE + timedelta(days=40)
    with sqlite_database.transaction() as conn:
        plan = {"months": 1, "approved_by": "组长", "plan_id": "h-1"}
        book = defer(conn, loan_id="l-1", now=noon(today), today=today, **plan)
        assert book.loans[0].days_past_due == 9
    close_day(sqlite_database, business_date=today, clock=CLOCK)
    close_day(sqlite_database, business_date=today + timedelta(days=1), clock=CLOCK)
    with sqlite_database.reading() as conn:
        # 46,785 fen × 0.06 % × 41 days = 1,150.91
        assert book_of(conn).loans[0].instalments[0].penalty_fen == 1_151


def test_a_settled_loan_is_left_alone(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn, principal_fen=60_000, periods=3, on=date(2026, 1, 10))
        for month in (2, 3, 4):
            unpaid = sum(one.unpaid_fen for one in book_of(conn).loans[0].instalments if one.due_on.month == month)
            pay_on(conn, date(2026, month, 10), unpaid)
        assert book_of(conn).loans[0].status == "settled"
    assert close_day(sqlite_database, business_date=DUE, clock=CLOCK).aged == 0
    with sqlite_database.reading() as conn:
        assert (book_of(conn).borrower_id, book_of(conn).loans[0].id) == (BORROWER, FRIDGE)
        assert book_of(conn).loans[0].days_past_due == 0

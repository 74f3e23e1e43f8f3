"""The interest that is earned and not due yet, as an accountant adds it at a month's end."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.tables.loan import journal_line
from service.domain.loan.journal import Account
from service.domain.loan.payment import Share
from service.usecases.loan.accrued_interest import Accrued, accrued_interest
from service.usecases.loan.payoff import payoff
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, borrow, buy_on, open_shopping, pay_on

START, DUE = date(2026, 7, 18), date(2026, 8, 18)


def found(database: Database, today: date) -> tuple[Accrued, ...]:
    with database.reading() as conn:
        return accrued_interest(conn, today=today)


def test_nobody_has_borrowed_anything(database: Database) -> None:
    assert found(database, START) == ()


@pytest.mark.parametrize("days", [1, 2, 14, 31])
def test_it_grows_with_the_days_until_the_interest_is_due(database: Database, days: int) -> None:
    with database.transaction() as conn:
        loan = borrow(conn)
    (one,) = found(database, START + timedelta(days - 1))  # the day on which it was paid out is the first
    exact = Fraction(600_000) * Fraction(loan.annual_rate) * min(days, 30) / 360  # a month of 30 days, if it has 31
    assert (one.product_code, one.loans, one.principal_fen, one.suspended_fen) == ("appliance", 1, 600_000, 0)
    assert abs(one.interest_fen - exact) <= Fraction(1, 2)


def test_what_is_due_is_in_the_ledger_and_not_earned_a_second_time(database: Database) -> None:
    with database.transaction() as conn:
        loan = borrow(conn)
    late_fen = loan.instalments[0].principal_fen  # which bears penalty interest instead
    ten_later = Fraction(600_000 - late_fen) * Fraction("0.144") * 10 / 360
    assert abs(found(database, DUE + timedelta(9))[0].interest_fen - ten_later) <= Fraction(1, 2)


def test_with_what_the_journal_has_it_is_the_interest_of_the_price_of_settling(database: Database) -> None:
    day = date(2026, 10, 3)
    with database.transaction() as conn:
        borrow(conn)
        borrow(conn, borrower_id="b-2", loan_id=CASH, product_code="cash", principal_fen=300_000)
        pay_on(conn, DUE, 60_000)
        for who in (BORROWER, "b-2"):
            pay_on(conn, day, 100, borrower_id=who, payment_id=who)  # which brings the ledger to this day
        prices = [payoff(conn, borrower_id=who, today=day + timedelta(1)) for who in (BORROWER, "b-2")]
        priced = sum(one.interest_fen for price in prices for one in price.items)
        owed = select(func.sum(journal_line.c.amount_fen)).where(journal_line.c.account == Account.INTEREST)
        in_the_journal = int(conn.execute(owed).scalar_one())
    told: list[tuple[int, int]] = []
    with database.reading() as conn:
        rows = accrued_interest(conn, today=day, progress=lambda done, total: told.append((done, total)))
    assert [one.product_code for one in rows] == ["appliance", "cash"]
    assert in_the_journal + sum(one.interest_fen for one in rows) == priced
    assert told == [(2, 2)]


def test_of_a_loan_in_non_accrual_it_is_no_income(database: Database) -> None:
    day = DUE + timedelta(96)
    with database.transaction() as conn:
        loan = borrow(conn)
        due_by_then = [one for one in loan.instalments if one.due_on <= day]
    (one,) = found(database, day)
    bearing_fen = 600_000 - sum(one.principal_fen for one in due_by_then)
    exact = Fraction(bearing_fen) * Fraction("0.144") * ((day - due_by_then[-1].due_on).days + 1) / 360
    assert one.interest_fen == 0
    assert abs(one.suspended_fen - exact) <= Fraction(1, 2)


def test_of_an_account_it_is_what_the_next_statement_will_ask_for(database: Database) -> None:
    with database.transaction() as conn:
        open_shopping(conn)  # stated on the 5th, due on the 25th, three days of grace
        buy_on(conn, date(2026, 7, 20), 100_000)
    assert found(database, date(2026, 8, 27))[0].interest_fen == 0
    (one,) = found(database, date(2026, 8, 30))
    assert (one.product_code, one.principal_fen) == ("shopping", 100_000)
    assert one.interest_fen == 1_680  # 42 days at 0.04 %


def test_a_settled_loan_earns_nothing(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        price = payoff(conn, borrower_id=BORROWER, today=DUE)
        pay_on(conn, DUE, price.total_fen, shares=(Share(FRIDGE, price.total_fen, settles=True),))
    assert found(database, DUE) == ()


def test_interest_that_was_paid_ahead_is_taken_off(database: Database) -> None:
    """The first 70 of 72 yuan: all 72 are in the ledger, and settling would give back what was not paid."""
    with database.transaction() as conn:
        borrow(conn)
        pay_on(conn, START + timedelta(9), 7_000)
    assert found(database, START + timedelta(9))[0].interest_fen == -200

"""Payments: what they pay for, that a repeat is harmless, and that no fen is lost or made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from service.db.engine import Database
from service.db.tables import loan as tables
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.payment import Share
from service.usecases.loan.age_loan import age_loan
from service.usecases.loan.payments import payments
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.post_payment import post_payment
from tests.service.loan.ledger import (
    BORROWER,
    CASH,
    FRIDGE,
    PRODUCTS,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    noon,
    pay_on,
    rows,
)

FIRST_DUE = date(2026, 8, 18)
# 600,000 fen at 1.2 % a month in 12: 53,985 a month, of which 7,200 interest in the first.
LEVEL = 53_985


def pay_until_november(conn) -> None:
    """Periods 1–3 on their due dates; period 4 is due on 2026-11-18."""
    for month in (8, 9, 10):
        pay_on(conn, date(2026, month, 18), LEVEL)


def test_an_instalment_paid_on_its_due_date_is_interest_first_then_principal(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        receipt = pay_on(conn, FIRST_DUE, LEVEL)
        assert (receipt.interest_fen, receipt.principal_fen, receipt.penalty_fen) == (7_200, 46_785, 0)
        assert receipt.to_suspense_fen == 0
        assert_projection_is_the_journal(conn)


def test_five_days_overdue_bear_five_days_of_penalty_on_the_overdue_principal(sqlite_database: Database) -> None:
    """Period 4: principal 48,490 fen; 21.6 % a year on 360 days is 0.06 % a day; five days: 145.47 → 145 fen.

    By hand: balance 600,000 → 553,215 → 505,869 → 457,954 fen after periods 1–3 (interest 7,200, 6,639, 6,070);
    interest of period 4 is 457,954 × 1.2 % = 5,495, its principal 53,985 − 5,495 = 48,490."""
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_until_november(conn)
        book = age_loan(conn, loan_id=FRIDGE, today=date(2026, 11, 23), now=noon(date(2026, 11, 23)))
        (loan,) = book.loans
        fourth = loan.instalments[3]
        assert (fourth.principal_fen, fourth.interest_fen) == (48_490, 5_495)
        assert (loan.days_past_due, loan.bucket) == (5, "M1")
        assert fourth.penalty_fen == 145
        assert_projection_is_the_journal(conn)


@pytest.mark.parametrize(("days", "penalty_fen"), [(0, 0), (3, 0), (4, 116)])
def test_within_grace_there_is_no_penalty_and_after_it_counts_from_the_due_date(
    sqlite_database: Database, days: int, penalty_fen: int
) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_until_november(conn)
        today = date(2026, 11, 18) + timedelta(days=days)
        book = age_loan(conn, loan_id=FRIDGE, today=today, now=noon(today))
        assert book.loans[0].instalments[3].penalty_fen == penalty_fen


def test_ageing_day_by_day_charges_what_ageing_at_once_charges(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        borrow(conn, borrower_id="b-2", loan_id="l-2")
        last = date(2026, 12, 31)
        for ahead in range(140):
            age_loan(conn, loan_id=FRIDGE, today=last - timedelta(days=139 - ahead), now=noon(last))
        age_loan(conn, loan_id="l-2", today=last, now=noon(last))
        daily, once = book_of(conn), book_of(conn, "b-2")
        assert daily.loans[0].instalments == once.loans[0].instalments
        assert daily.loans[0].days_past_due == 135
        assert_projection_is_the_journal(conn)


def test_the_same_payment_twice_is_posted_once_and_answers_the_same(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        first = pay_on(conn, FIRST_DUE, LEVEL, payment_id="p-1")
    with database.transaction() as conn:
        before = rows(conn)
        again = pay_on(conn, FIRST_DUE, LEVEL, payment_id="p-1")
        assert again.duplicate
        assert not first.duplicate
        assert (again.principal_fen, again.interest_fen) == (first.principal_fen, first.interest_fen)
        assert rows(conn) == before


def test_one_payment_id_with_two_amounts_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_on(conn, FIRST_DUE, LEVEL, payment_id="p-1")
        with pytest.raises(KeyReused):
            pay_on(conn, FIRST_DUE, LEVEL + 1, payment_id="p-1")


def test_money_for_a_settled_loan_is_kept_for_the_borrower(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        today = date(2026, 8, 1)
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=today)
        settled = pay_on(conn, today, plan.amount_fen, payment_id="p-1", shares=plan)
        assert settled.loans == (FRIDGE,)
        late = pay_on(conn, today, 20_000, payment_id="p-2", shares=(Share(FRIDGE, 20_000),))
        assert (late.to_suspense_fen, late.principal_fen) == (20_000, 0)
        assert book_of(conn).suspense_fen == 20_000
        assert_projection_is_the_journal(conn)


def test_settling_early_costs_principal_and_the_interest_of_the_days(sqlite_database: Database) -> None:
    """14 days of 600,000 fen at 14.4 %/360: 3,360 fen instead of 47,824 over the whole term."""
    with sqlite_database.transaction() as conn:
        borrow(conn)
        today = date(2026, 8, 1)
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=today)
        assert plan.amount_fen == 603_360
        receipt = pay_on(conn, today, plan.amount_fen, shares=plan)
        assert (receipt.principal_fen, receipt.interest_fen) == (600_000, 3_360)
        assert book_of(conn).loans[0].settled_on == today
        assert_projection_is_the_journal(conn)


def test_a_quote_of_yesterday_does_not_settle_today_and_nothing_is_lost(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=date(2026, 8, 1))
        receipt = pay_on(conn, date(2026, 8, 2), plan.amount_fen, shares=plan)
        assert receipt.loans == ()
        assert receipt.principal_fen + receipt.interest_fen + receipt.to_suspense_fen == plan.amount_fen
        balances = assert_projection_is_the_journal(conn)
        assert balances.suspense_fen == plan.amount_fen - LEVEL


def test_suspense_pays_the_next_instalment_on_its_due_date(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        receipt = pay_on(conn, FIRST_DUE, LEVEL + 10_000)
        assert receipt.to_suspense_fen == 10_000
        age_loan(conn, loan_id=FRIDGE, today=date(2026, 9, 17), now=noon(date(2026, 9, 17)))
        assert book_of(conn).suspense_fen == 10_000
        age_loan(conn, loan_id=FRIDGE, today=date(2026, 9, 30), now=noon(date(2026, 9, 30)))
        second = book_of(conn).loans[0].instalments[1]
        assert book_of(conn).suspense_fen == 0
        assert (second.interest_paid_fen, second.principal_paid_fen) == (6_639, 3_361)
        assert_projection_is_the_journal(conn)


def test_money_paid_on_time_but_posted_after_the_close_bears_no_penalty(database: Database) -> None:
    """A gateway may call back days later; what counts is when the borrower paid."""
    with database.transaction() as conn:
        borrow(conn)
        pay_until_november(conn)
        later = date(2026, 11, 25)
        age_loan(conn, loan_id=FRIDGE, today=later, now=noon(later))
        assert book_of(conn).loans[0].instalments[3].penalty_fen == 204
        receipt = post_payment(
            conn,
            payment_id="p-late",
            borrower_id=BORROWER,
            amount_fen=LEVEL,
            paid_at=noon(date(2026, 11, 18)),
            channel="sandbox",
            now=noon(later),
        )
        assert (receipt.penalty_fen, receipt.still_overdue_fen) == (0, 0)
        (loan,) = book_of(conn).loans
        assert loan.instalments[3].paid_on == date(2026, 11, 18)
        assert (loan.days_past_due, loan.bucket, loan.aged_on) == (0, "M0", later)
        assert_projection_is_the_journal(conn)


def test_a_part_paid_in_time_and_posted_late_leaves_penalty_only_on_the_rest(sqlite_database: Database) -> None:
    """25,495 fen paid on the due date: 5,495 interest, 20,000 principal; 28,490 stay overdue for 7 days: 119.66."""
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_until_november(conn)
        later = date(2026, 11, 25)
        age_loan(conn, loan_id=FRIDGE, today=later, now=noon(later))
        post_payment(
            conn,
            payment_id="p-late",
            borrower_id=BORROWER,
            amount_fen=25_495,
            paid_at=noon(date(2026, 11, 18)),
            channel="sandbox",
            now=noon(later),
        )
        fourth = book_of(conn).loans[0].instalments[3]
        assert (fourth.unpaid_principal_fen, fourth.penalty_fen) == (28_490, 120)
        assert_projection_is_the_journal(conn)


def test_a_payment_goes_to_the_oldest_due_date_of_all_loans(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        borrow(conn, loan_id=CASH, product_code="cash", principal_fen=300_000, on=date(2026, 8, 5))
        pay_on(conn, date(2026, 9, 6), 60_000)
        fridge, cash = book_of(conn).loans
        assert fridge.instalments[0].paid_on == date(2026, 9, 6)
        assert cash.instalments[0].received_fen == 60_000 - fridge.instalments[0].total_fen
        assert_projection_is_the_journal(conn)


@pytest.mark.parametrize("table", [tables.journal_entry, tables.journal_line])
def test_the_database_refuses_to_change_the_journal(database: Database, table) -> None:
    with database.transaction() as conn:
        borrow(conn)
    column = table.c.business_date if table is tables.journal_entry else table.c.amount_fen
    value = date(2020, 1, 1) if table is tables.journal_entry else 1
    for change in (update(table).values({column: value}), delete(table)):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as conn:
            conn.execute(change)
    with database.reading() as conn:
        assert_projection_is_the_journal(conn)


def test_two_threads_paying_one_loan_lose_nothing(postgres_database: Database) -> None:
    with postgres_database.transaction() as conn:
        borrow(conn)

    def pay_some(worker: int) -> None:
        for number in range(10):
            with postgres_database.transaction() as conn:
                pay_on(conn, FIRST_DUE, 701 + worker, payment_id=f"p-{worker}-{number}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(pay_some, range(2)))
    with postgres_database.reading() as conn:
        balances = assert_projection_is_the_journal(conn)
        assert balances.cash_fen == -600_000 + 10 * (701 + 702)
        assert book_of(conn).loans[0].received_fen == 10 * (701 + 702)


def test_two_threads_with_one_payment_id_post_it_once(postgres_database: Database) -> None:
    with postgres_database.transaction() as conn:
        borrow(conn)

    def pay_once(_worker: int) -> bool:
        with postgres_database.transaction() as conn:
            return pay_on(conn, FIRST_DUE, LEVEL, payment_id="p-1").duplicate

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(pay_once, range(4))) == [False, True, True, True]


def test_what_a_payment_went_to_is_as_the_ledger_has_it_after_one_that_was_told_late(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        first = pay_on(conn, date(2026, 9, 10), 60_000, payment_id="A")
        assert (first.penalty_fen, first.to_suspense_fen) == (646, 0)
        late = {"plan_or_shares": None, "amount_fen": 54_000, "channel": "bank"}
        post_payment(
            conn, payment_id="B", borrower_id=BORROWER, paid_at=noon(date(2026, 8, 18)), now=noon(date(2026, 9, 12)),
            **late,
        )  # fmt: skip
        paid = payments(conn, borrower_id=BORROWER).payments
        book = book_of(conn)
    assert [one.payment_id for one in paid] == ["A", "B"]
    assert (paid[0].penalty_fen, paid[0].to_suspense_fen) == (0, book.suspense_fen - paid[1].to_suspense_fen)
    for one in paid:
        parts = (one.principal_fen, one.interest_fen, one.penalty_fen, one.fee_fen, one.to_suspense_fen)
        assert sum(parts) == one.amount_fen
    instalments = book.loans[0].instalments
    assert sum(one.principal_fen for one in paid) == sum(one.principal_paid_fen for one in instalments)
    assert sum(one.interest_fen for one in paid) == sum(one.interest_paid_fen for one in instalments)


def test_the_latest_payments_come_first(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        for month in (8, 9, 10):
            pay_on(conn, date(2026, month, 18), LEVEL)
        latest = payments(conn, borrower_id=BORROWER, limit=2).payments
        assert [one.paid_at for one in latest] == [noon(date(2026, 10, 18)), noon(date(2026, 9, 18))]


def test_impossible_payments_are_refused_and_write_nothing(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        before = rows(conn)
        for amount, shares in ((0, None), (-5, None), (100, (Share(FRIDGE, 101),)), (100, (Share(FRIDGE, -1),))):
            with pytest.raises(Refused):
                pay_on(conn, FIRST_DUE, amount, payment_id="p", shares=shares)
        with pytest.raises(NotFound):
            pay_on(conn, FIRST_DUE, 100, borrower_id="nobody")
        assert rows(conn) == before
        assert conn.execute(select(tables.receipt)).first() is None


@pytest.mark.parametrize("code", [code for code in PRODUCTS if PRODUCTS[code].method not in {"bullet", "revolving"}])
def test_what_the_plan_calls_the_least_leaves_nothing_overdue(sqlite_database: Database, code: str) -> None:
    product = PRODUCTS[code]
    today = date(2026, 11, 15)  # the instalment of the 18th is on this month's bill and not due yet
    with sqlite_database.transaction() as conn:
        borrow(conn, product_code=code, principal_fen=product.min_principal_fen, periods=max(product.periods))
        plan = plan_payment(conn, borrower_id=BORROWER, kind="minimum", today=today)
        assert plan.amount_fen > 0
        assert plan.overdue_after_fen == 0
        receipt = pay_on(conn, today, plan.amount_fen, shares=plan)
        assert receipt.still_overdue_fen == 0

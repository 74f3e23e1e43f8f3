"""Accounts that are paid by statements, as borrowers, collections and the close of day meet them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from service.db.engine import Database
from service.db.tables.loan import account_statement
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.statement import SettlementCertificate
from service.usecases.loan.age_loan import age_loan
from service.usecases.loan.bill import bill
from service.usecases.loan.close_day import close_day
from service.usecases.loan.debt import debt_of, debts
from service.usecases.loan.limit import limit
from service.usecases.loan.make_quote import Wish, make_quote
from service.usecases.loan.open_account import open_account
from service.usecases.loan.payoff import payoff
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.schedules import schedules
from service.usecases.loan.statement import statement
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import (
    BORROWER,
    CAPS,
    FRIDGE,
    PRODUCTS,
    SHOPPING,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    buy_on,
    noon,
    open_shopping,
    pay_on,
)

OPENED, BOUGHT = date(2026, 7, 18), date(2026, 7, 20)
STATED, DUE = date(2026, 8, 5), date(2026, 8, 25)


def close(database: Database, day: date) -> None:
    assert close_day(database, business_date=day, clock=FrozenClock(noon(day))).failures == ()


def bought(database: Database, fen: int = 300_000) -> None:
    """3,000.00 on 07-20, in the statement of 08-05 that is due on 08-25."""
    with database.transaction() as conn:
        open_shopping(conn)
        buy_on(conn, BOUGHT, fen)


def test_closing_every_day_makes_the_account_that_closing_once_makes(database: Database) -> None:
    bought(database)
    with database.transaction() as conn:
        open_shopping(conn)  # again: the same account
        borrow(conn)  # whose days pass with it
    day = BOUGHT
    while day < date(2026, 10, 10):
        close(database, day)
        day += timedelta(days=1)
    close(database, date(2026, 10, 10))
    with database.transaction() as conn:
        assert_projection_is_the_journal(conn)
        assert verify_borrower(conn, BORROWER) == ()  # as played again from its events, in one step
        told = conn.execute(select(account_statement).order_by(account_statement.c.no)).all()
        state = next(loan for loan in book_of(conn).loans if loan.id == SHOPPING)
    assert [(one.no, one.stated_on, one.stated_fen) for one in told] == [
        (one.no, one.ends_on, one.stated_fen) for one in state.instalments[:-1]
    ]
    # 08-05; 09-05: 47 days × 3,000.00 × 0.04 % = 56.40; and the penalty of 300.00 × 7.2 % / 360 × 11 = 0.66
    assert [(one.stated_fen, one.minimum_fen) for one in told[:2]] == [(300_000, 30_000), (305_706, 62_706)]


def test_a_statement_that_was_made_cannot_be_changed(database: Database) -> None:
    bought(database)
    close(database, STATED)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as conn:
        conn.execute(update(account_statement).values(minimum_fen=1))


def test_the_portfolio_sees_of_an_account_what_its_borrower_sees(database: Database) -> None:
    bought(database)
    # 300.00 from the day after the due day; after the grace 7.2 % a year more for all of 11 days: 0.66
    overdue = {date(2026, 8, 4): 0, STATED: 0, DUE: 0, date(2026, 8, 28): 30_000, date(2026, 9, 5): 30_066}
    for day, overdue_fen in overdue.items():
        close(database, day)
        with database.reading() as conn:
            mine = debt_of(conn, borrower_id=BORROWER, today=day)
            seen = list(debts(conn, today=day, dpd_at_least=1, due_within_days=30))
        assert seen == ([mine] if mine.overdue_fen or mine.next_due_fen else [])
        assert mine.overdue_fen == overdue_fen
    assert (mine.days_past_due, mine.next_due_on) == (11, date(2026, 9, 25))


def test_a_purchase_uses_the_line_and_a_payment_frees_it(database: Database) -> None:
    bought(database)
    with database.transaction() as conn:
        (line,) = limit(conn, borrower_id=BORROWER, today=BOUGHT).lines
        assert (line.used_fen, line.available_fen) == (300_000, 1_700_000)
        with pytest.raises(Refused, match=r"17,000.00 元") as refusal:
            buy_on(conn, BOUGHT, 1_700_001)
        assert refusal.value.code == "limit_exceeded"
        pay_on(conn, BOUGHT, 120_000)
        (line,) = limit(conn, borrower_id=BORROWER, today=BOUGHT).lines
        assert (line.used_fen, line.available_fen) == (180_000, 1_820_000)


@pytest.mark.parametrize(("kind", "amount_fen"), [("minimum", 30_000), ("bill", 300_000), ("all", 300_000)])
def test_what_is_quoted_is_what_is_paid(kind: str, amount_fen: int, sqlite_database: Database) -> None:
    bought(sqlite_database)
    close(sqlite_database, STATED)
    made = make_quote(sqlite_database, borrower_id=BORROWER, wish=Wish(kind), clock=FrozenClock(noon(STATED))).offer  # type: ignore[arg-type]
    assert (made.amount_fen, made.overdue_after_fen, made.to_suspense_fen) == (amount_fen, 0, 0)
    with sqlite_database.transaction() as conn:
        plan = plan_payment(conn, borrower_id=BORROWER, kind=kind, today=STATED)  # type: ignore[arg-type]
        receipt = pay_on(conn, STATED, amount_fen, shares=plan)
        assert (receipt.principal_fen, receipt.loans) == (amount_fen, ())
        after = bill(conn, borrower_id=BORROWER, today=STATED)
    assert (after.minimum_fen, after.bill_fen) == (0, 300_000 - amount_fen)


def test_of_a_bill_the_minimum_comes_first_and_the_rest_by_its_name(sqlite_database: Database) -> None:
    bought(sqlite_database)
    with sqlite_database.reading() as conn:
        shown = bill(conn, borrower_id=BORROWER, today=STATED)
        (account,) = schedules(conn, borrower_id=BORROWER, today=STATED).loans
    assert [(one.title, one.no, one.unpaid_fen, one.due_on) for one in shown.items] == [
        ("购物账户·l-shopping", 1, 30_000, DUE),
        ("购物账户·l-shopping（最低还款额以外）", 2, 270_000, DUE),
    ]
    (told,) = shown.statements
    assert (told.stated_on, told.due_on, told.stated_fen, told.minimum_fen) == (
        STATED, DUE, 300_000, 30_000,
    )  # fmt: skip
    assert [(one.state, one.principal_fen, one.due_on) for one in account.instalments] == [
        ("upcoming", 30_000, DUE),
        ("upcoming", 270_000, date(2026, 9, 25)),
    ]


def test_who_paid_the_minimum_is_told_that_the_rest_may_still_be_paid(sqlite_database: Database) -> None:
    bought(sqlite_database)
    with sqlite_database.transaction() as conn:
        pay_on(conn, STATED, 30_000)
        with pytest.raises(Refused, match=r"最低还款额已经还清，账单还有 2,700 元"):
            plan_payment(conn, borrower_id=BORROWER, kind="minimum", today=STATED)
        assert plan_payment(conn, borrower_id=BORROWER, kind="bill", today=STATED).amount_fen == 270_000


def test_an_account_that_nothing_is_owed_on_has_no_price(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        open_shopping(conn)
        assert payoff(conn, borrower_id=BORROWER, today=BOUGHT).items == ()
        with pytest.raises(Refused) as refusal:
            plan_payment(conn, borrower_id=BORROWER, kind="all", today=BOUGHT)
    assert refusal.value.code == "nothing_due"


def test_history_told_late_takes_statements_back_that_were_never_due(database: Database) -> None:
    """The payment of July 25 is told in October: two statements and their interest were about nothing."""
    bought(database)
    for day in (STATED, date(2026, 9, 5), date(2026, 10, 5)):
        close(database, day)
    with database.transaction() as conn:
        assert len(book_of(conn).loans[0].instalments) == 4
        pay_on(conn, date(2026, 7, 25), 300_000)
        (loan,) = book_of(conn).loans
        assert [one.no for one in loan.instalments] == [1]
        assert (loan.days_past_due, loan.unpaid_principal_fen, book_of(conn).suspense_fen) == (0, 0, 0)
        assert_projection_is_the_journal(conn)
        assert verify_borrower(conn, BORROWER) == ()
        assert len(conn.execute(select(account_statement)).all()) == 3  # what was told was told
        buy_on(conn, date(2026, 10, 6), 50_000)
        age_loan(conn, loan_id=SHOPPING, today=date(2026, 11, 5), now=noon(date(2026, 11, 5)))
        assert [one.stated_fen for one in book_of(conn).loans[0].instalments] == [50_000, None]
        assert verify_borrower(conn, BORROWER) == ()


def test_opening_an_account_asks_for_a_line_a_day_and_the_right_product(sqlite_database: Database) -> None:
    def opened(conn, **wish):
        asked = {"loan_id": SHOPPING, "product_code": "shopping", "statement_day": 5} | wish
        return open_account(
            conn,
            borrower_id=BORROWER,
            opened_on=OPENED,
            purpose="购物",
            now=noon(OPENED),
            **{"products": PRODUCTS, "price_caps": CAPS} | asked,
        )

    with sqlite_database.transaction() as conn:
        borrow(conn)
        for wish, code in (({"product_code": "appliance"}, "not_for_purchases"), ({"statement_day": 32}, None)):
            with pytest.raises(Refused) as refusal:
                opened(conn, **wish)
            assert refusal.value.code == (code or "statement_day_unknown")
        with pytest.raises(NotFound, match="额度"):
            opened(conn)
        open_shopping(conn)
        with pytest.raises(KeyReused):
            opened(conn, statement_day=6)


def test_an_account_that_nothing_is_owed_on_keeps_nobody_from_his_certificate(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        open_shopping(conn)
        borrow(conn, on=OPENED)
        price = payoff(conn, borrower_id=BORROWER, today=OPENED).total_fen
        pay_on(conn, OPENED, price, shares=plan_payment(conn, borrower_id=BORROWER, kind="all", today=OPENED))

        def certificate():
            return statement(conn, kind="settlement", borrower_id=BORROWER, institution="小清", now=noon(OPENED))

        shown = certificate()
        assert isinstance(shown, SettlementCertificate)
        assert ([one.loan_id for one in shown.loans], shown.complete) == ([FRIDGE], True)
        buy_on(conn, OPENED, 100)
        with pytest.raises(Refused) as refusal:
            certificate()
    assert refusal.value.code == "not_settled"

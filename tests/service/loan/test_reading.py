"""What borrowers and collections read: bill, plan, payoff, debt, limit, schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from service.db.engine import Database
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.payment import Share
from service.domain.loan.plan import Part
from service.usecases.loan.bill import bill
from service.usecases.loan.close_day import close_day
from service.usecases.loan.debt import debt_of, debts
from service.usecases.loan.limit import limit
from service.usecases.loan.open_line import open_line
from service.usecases.loan.payoff import payoff
from service.usecases.loan.plan_payment import plan_payment
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.schedules import schedules
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, PRODUCTS, book_of, borrow, noon, pay_on, plan_on, rows

TODAY = date(2026, 11, 23)
LEVEL = 53_985
PENALTY = 145


def main_example(conn) -> None:
    """A fridge loan whose period 4 is five days overdue, and a current drawdown whose period 1 is due on the 28th."""
    borrow(conn)
    for month in (8, 9, 10):
        pay_on(conn, date(2026, month, 18), LEVEL)
    borrow(conn, loan_id=CASH, product_code="cash", principal_fen=1_000_000, on=date(2026, 10, 28), limit_fen=5_000_000)


def test_the_bill_is_arrears_and_what_is_due_this_month_and_the_minimum_only_arrears(database: Database) -> None:
    with database.transaction() as conn:
        main_example(conn)
        before = rows(conn)
        found = bill(conn, borrower_id=BORROWER, today=TODAY)
        late, coming = found.items
        assert (late.loan_id, late.no, late.periods, late.days_past_due) == (FRIDGE, 4, 12, 5)
        assert (late.penalty_fen, late.unpaid_fen) == (PENALTY, LEVEL + PENALTY)
        assert (coming.loan_id, coming.due_on, coming.days_past_due) == (CASH, date(2026, 11, 28), 0)
        assert found.overdue_fen == found.minimum_fen == LEVEL + PENALTY
        assert found.bill_fen == late.unpaid_fen + coming.unpaid_fen
        assert (found.due_on, found.next_due_on) == (date(2026, 11, 18), date(2026, 11, 28))
        assert found.next_due_fen == coming.unpaid_fen
        assert rows(conn) == before  # reading ages in memory only


def test_with_nothing_due_this_month_the_bill_is_the_next_due_date(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        found = bill(conn, borrower_id=BORROWER, today=date(2026, 7, 20))
        assert (found.due_on, found.bill_fen, found.overdue_fen) == (date(2026, 8, 18), LEVEL, 0)
        assert found.minimum_fen == LEVEL
        assert len(found.items) == 1


def test_a_plan_keeps_its_word(database: Database) -> None:
    """Paid on the day of the plan, each kind pays exactly its shares, and leaves the arrears it said it would."""
    with database.transaction() as conn:
        main_example(conn)
    for kind, amount in (("minimum", None), ("bill", None), ("amount", 30_000), ("amount", 200_000), ("all", None)):
        with database.engine.connect() as conn, conn.begin() as unit:
            plan = plan_payment(conn, borrower_id=BORROWER, kind=kind, amount_fen=amount, today=TODAY)
            receipt = pay_on(conn, TODAY, plan.amount_fen, payment_id=f"p-{kind}", shares=plan)
            parts = receipt.fee_fen + receipt.penalty_fen + receipt.interest_fen + receipt.principal_fen
            assert parts == sum(share.amount_fen for share in plan.shares)
            assert receipt.to_suspense_fen == plan.to_suspense_fen
            assert parts + receipt.to_suspense_fen == plan.amount_fen
            assert receipt.still_overdue_fen == plan.overdue_after_fen
            assert (receipt.loans == ()) == (kind != "all")
            unit.rollback()


def test_what_exceeds_the_bill_is_planned_into_suspense(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        main_example(conn)
        due = bill(conn, borrower_id=BORROWER, today=TODAY).bill_fen
        plan = plan_payment(conn, borrower_id=BORROWER, kind="amount", amount_fen=due + 1, today=TODAY)
        assert (plan.to_suspense_fen, plan.overdue_after_fen) == (1, 0)
        assert plan.titles[FRIDGE] == "分期·l-fridge"


@pytest.mark.parametrize(
    ("kind", "amount", "code"),
    [
        ("amount", None, "amount_required"),
        ("amount", 0, "amount_not_positive"),
        ("amount", -100, "amount_not_positive"),
        ("amount", 10**9, "amount_too_large"),
    ],
)
def test_an_impossible_amount_is_refused_with_its_reason(
    sqlite_database: Database, kind: str, amount: int | None, code: str
) -> None:
    with sqlite_database.transaction() as conn:
        main_example(conn)
        with pytest.raises(Refused) as refusal:
            plan_payment(conn, borrower_id=BORROWER, kind=kind, amount_fen=amount, today=TODAY)
        assert refusal.value.code == code
        assert refusal.value.detail.endswith("。")


def test_too_large_an_amount_is_refused_with_the_price_of_everything(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        with pytest.raises(Refused, match=r"6,033\.60 元"):
            plan_payment(conn, borrower_id=BORROWER, kind="amount", amount_fen=603_361, today=date(2026, 8, 1))
        plan = plan_payment(conn, borrower_id=BORROWER, kind="amount", amount_fen=603_360, today=date(2026, 8, 1))
        assert plan.shares == (Share(FRIDGE, 603_360, settles=True),)


def test_a_borrower_who_owes_nothing_is_told_so(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        register_borrower(conn, borrower_id=BORROWER, name="云小满", phone="19900000001", now=noon(TODAY))
        for kind in ("bill", "minimum", "all", "amount"):
            with pytest.raises(Refused) as refusal:
                plan_payment(conn, borrower_id=BORROWER, kind=kind, amount_fen=100, today=TODAY)
            assert refusal.value.code == "nothing_due"
        assert bill(conn, borrower_id=BORROWER, today=TODAY).items == ()
        with pytest.raises(NotFound):
            bill(conn, borrower_id="nobody", today=TODAY)


def test_suspense_lowers_the_bill_and_pays_first_when_everything_is_settled(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 8, 18), LEVEL + 10_000)
        today = date(2026, 8, 20)
        found = bill(conn, borrower_id=BORROWER, today=today)
        assert (found.bill_fen, found.suspense_fen) == (LEVEL - 10_000, 10_000)
        quote = payoff(conn, borrower_id=BORROWER, today=today)
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=today)
        assert quote.total_fen == plan.amount_fen == quote.items[0].total_fen - 10_000
        receipt = pay_on(conn, today, plan.amount_fen, payment_id="p-all", shares=plan)
        assert (receipt.loans, receipt.to_suspense_fen) == ((FRIDGE,), -10_000)
        assert book_of(conn).suspense_fen == 0


def test_a_payoff_holds_until_the_end_of_the_day_and_names_what_it_saves(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        main_example(conn)
        quote = payoff(conn, borrower_id=BORROWER, today=TODAY, loan_id=FRIDGE)
        (item,) = quote.items
        # 409,464 fen not yet due, five days at 14.4 %/360: 818.93; period 4 bears its whole 5,495 and its penalty
        assert item.principal_fen == 48_490 + 409_464
        assert (item.interest_fen, item.penalty_fen, item.early_fee_fen) == (5_495 + 819, PENALTY, 0)
        assert item.total_fen == item.principal_fen + item.interest_fen + item.penalty_fen
        ahead = sum(one.interest_fen for one in book_of(conn).loans[0].instalments[4:])
        assert item.interest_saved_fen == ahead - 819
        assert quote.valid_until.isoformat() == "2026-11-23T23:59:59+08:00"
        with pytest.raises(NotFound):
            payoff(conn, borrower_id=BORROWER, today=TODAY, loan_id="somebody-elses")


def test_a_debt_read_alone_and_in_the_set_is_the_same(database: Database) -> None:
    with database.transaction() as conn:
        main_example(conn)
        for number, day in enumerate((1, 20, 23, 26, 30)):  # due on that day of November, and of each month
            borrow(conn, borrower_id=f"n-{number}", loan_id=f"n-{number}", on=date(2026, 10, day))
        pay_on(conn, TODAY, 5_000, borrower_id="n-4")
    close_day(database, business_date=TODAY, clock=FrozenClock(noon(TODAY)))
    with database.reading() as conn:
        everyone = list(debts(conn, today=TODAY, dpd_at_least=0, due_within_days=30))
        assert [one.borrower_id for one in everyone] == [BORROWER, "n-0", "n-1", "n-2", "n-3", "n-4"]
        for one in everyone:
            assert one == debt_of(conn, borrower_id=one.borrower_id, today=TODAY)
        overdue = [one.borrower_id for one in debts(conn, today=TODAY, dpd_at_least=5)]
        assert overdue == [BORROWER, "n-0"]
        soon = [one.borrower_id for one in debts(conn, today=TODAY, due_within_days=3)]
        assert soon == ["n-2", "n-3"]
        assert list(debts(conn, today=TODAY)) == []


def test_a_debt_covered_by_suspense_is_nobodys_business(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 8, 18), 2 * LEVEL)
        today = date(2026, 9, 17)
        assert debt_of(conn, borrower_id=BORROWER, today=today).next_due_fen == 0
        assert list(debts(conn, today=today, dpd_at_least=1, due_within_days=3)) == []


def test_the_days_between_two_due_dates_do_not_make_a_debt(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        debt = debt_of(conn, borrower_id=BORROWER, today=date(2026, 8, 18))
        assert (debt.overdue_fen, debt.due_fen, debt.days_past_due) == (0, LEVEL, 0)
        assert (debt.next_due_on, debt.next_due_fen) == (date(2026, 8, 18), LEVEL)
        debt = debt_of(conn, borrower_id=BORROWER, today=date(2026, 8, 19))
        assert (debt.overdue_fen, debt.oldest_due_on, debt.days_past_due) == (LEVEL, date(2026, 8, 18), 1)


def test_a_line_is_used_by_outstanding_principal_and_freed_by_paying_it(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        main_example(conn)
        found = limit(conn, borrower_id=BORROWER, today=TODAY)
        cash = next(line for line in found.lines if line.brand == "随心借")
        assert (cash.limit_fen, cash.used_fen, cash.available_fen) == (5_000_000, 1_000_000, 4_000_000)
        with pytest.raises(Refused, match=r"40,000\.00 元"):
            borrow(conn, loan_id="too-much", product_code="cash", principal_fen=4_000_001, limit_fen=5_000_000)
        plan = plan_payment(conn, borrower_id=BORROWER, kind="all", today=TODAY)
        pay_on(conn, TODAY, plan.amount_fen, shares=plan)
        assert limit(conn, borrower_id=BORROWER, today=TODAY).used_fen == 0


def test_borrowing_twice_under_one_id_is_one_loan_or_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        before = rows(conn)
        borrow(conn)
        assert rows(conn) == before
        with pytest.raises(KeyReused):
            borrow(conn, principal_fen=600_001)
        with pytest.raises(Refused, match="3、6、12、24"):
            borrow(conn, loan_id="odd", periods=5)
        with pytest.raises(Refused):
            borrow(conn, loan_id="tiny", principal_fen=1)
        with pytest.raises(Refused):
            open_line(
                conn, borrower_id=BORROWER, product_code="appliance", limit_fen=1, now=noon(TODAY), products=PRODUCTS
            )


def test_the_schedule_shows_paid_overdue_due_and_upcoming(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        main_example(conn)
        newest, fridge = schedules(conn, borrower_id=BORROWER, today=TODAY).loans
        assert newest.loan_id == CASH
        assert [one.state for one in fridge.instalments[:5]] == ["paid", "paid", "paid", "overdue", "upcoming"]
        assert fridge.instalments[3].total_fen == LEVEL + PENALTY
        assert fridge.outstanding_principal_fen == 600_000 - sum(
            one.principal_fen for one in fridge.instalments if one.state == "paid"
        )
        due = schedules(conn, borrower_id=BORROWER, today=TODAY - timedelta(days=5)).loans[1].instalments[3]
        assert due.state == "due"


def test_while_a_plan_is_kept_nothing_is_shown_as_overdue_but_what_the_plan_asks_for(database: Database) -> None:
    with database.transaction() as conn:
        main_example(conn)
        parts = (Part(TODAY, 30_000), Part(date(2026, 12, 23), 40_000))
        plan_on(conn, FRIDGE, TODAY, *parts)
        fridge = schedules(conn, borrower_id=BORROWER, today=TODAY).loans[1]
        assert [one.state for one in fridge.instalments] == ["paid"] * 3 + ["by_plan"] * 9
        assert [(one.no, one.due_on, one.state) for one in fridge.plan_parts] == [
            (1, parts[0].due_on, "due"), (2, parts[1].due_on, "upcoming")
        ]  # fmt: skip
        billed = [
            one.unpaid_fen for one in bill(conn, borrower_id=BORROWER, today=TODAY).items if one.loan_id == FRIDGE
        ]
        assert billed == [one.unpaid_fen for one in fridge.plan_parts[:1]]

"""Interest by the day (随借随还): repaying early saves its own days, to the fen, however often it is done."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.accrual import age
from service.domain.loan.book import Book, LoanState
from service.domain.loan.origination import originate
from service.domain.loan.payment import Share, meant_for, pay
from service.domain.loan.products import parse_products
from service.domain.loan.settlement import payoff_of

START = date(2026, 4, 15)
ROW = {
    "name": "随借随还", "brand": "样例", "scene": "现金", "annual_rate": "0.18", "day_count": "act/360",
    "periods": [3], "min_principal_fen": 1, "max_principal_fen": 10**9, "rounding": "ROUND_HALF_UP", "unit_fen": 1,
    "penalty_multiplier": "1.5", "penalty_cap": "0.24", "clamp_penalty": True, "grace_days": 0,
    "grace_mode": "backdate", "early_fee_rate": "0", "allocation_mode": "horizontal", "debt_order": "oldest_due",
    "allocation_order": ["fee", "penalty", "interest", "principal"], "revolving": True, "interest_by_day": True,
    "principal_grace_periods": 0,
}  # fmt: skip
PRODUCTS = parse_products(
    {"version": "t", "product": [ROW | {"code": one, "method": one} for one in ("interest_first", "equal_principal")]}
)
LIVES = st.lists(st.tuples(st.integers(0, 25), st.integers(1, 500_000)), min_size=1, max_size=8)


def drawn(method: str, principal_fen: int = 1_200_000) -> LoanState:
    """12,000.00 at 0.05 % a day from 2026-04-15 over 3 months, unless told otherwise."""
    return originate(
        PRODUCTS[method], loan_id="L1", borrower_id="b", credit_line_id="l", principal_fen=principal_fen, periods=3,
        disbursed_on=START, due_day=None, purpose="随借随还", products_version="t",
    )  # fmt: skip


def paid(book: Book, on: date, fen: int, event: str = "p") -> Book:
    aged = age(book, on).book
    return pay(aged, event=event, shares=(Share("L1", fen),), amount_fen=fen, on=on).book


def test_a_repayment_saves_the_days_of_its_principal_and_no_others() -> None:
    # 10 days × 6.00 = 60.00 are paid with 6,000.00; 60.00 + 20 × 3.00, then 31 × 3.00 and 30 × 3.00
    loan = paid(Book("b", 0, (drawn("interest_first"),)), START + timedelta(days=10), 606_000).loans[0]
    assert [one.interest_fen for one in loan.instalments] == [12_000, 9_300, 9_000]
    assert [one.interest_fen_days for one in loan.instalments] == [600_000 * 40, 600_000 * 31, 600_000 * 30]
    assert loan.unpaid_principal_fen == 600_000


def test_who_pays_exactly_the_bill_leaves_days_to_come_to_suspense() -> None:
    # of the bill of 180.00, 60.00 are earned after ten days; 180.01 is no bill, so all but those goes to principal
    on = START + timedelta(days=10)
    book = age(Book("b", 0, (drawn("interest_first"),)), on).book
    assert meant_for(book, 18_000, on) == (Share("L1", 6_000),)
    assert meant_for(book, 18_001, on) == (Share("L1", 18_001),)
    assert meant_for(book, 1_206_001, on) == (Share("L1", 1_206_000),)  # a fen more than the price


@given(method=st.sampled_from(list(PRODUCTS)), life=LIVES, principal_fen=st.integers(1, 2_000_000))
def test_the_interest_of_every_period_is_one_rounding_of_the_balance_of_each_of_its_days(
    method: str, life: list[tuple[int, int]], principal_fen: int
) -> None:
    loan = drawn(method, principal_fen)
    book, day = Book("b", 0, (loan,)), START
    borne = {one.no: 0 for one in loan.instalments}  # fen × days, counted night by night
    for number, (days, fen) in enumerate(life):
        for _ in range(days):
            _bear(book.loans[0], day, borne)
            day += timedelta(days=1)
        if book.active:
            book = paid(book, day, fen, f"p-{number}")
    last = loan.instalments[-1].ends_on
    while day < last:
        _bear(book.loans[0], day, borne)
        day += timedelta(days=1)
    exact = {no: Decimal(fen_days) * Decimal("0.18") / 360 for no, fen_days in borne.items()}
    counted = {no: int(one.quantize(Decimal(1), ROUND_HALF_UP)) for no, one in exact.items()}
    assert {one.no: one.interest_fen for one in book.loans[0].instalments} == counted


def _bear(loan: LoanState, day: date, borne: dict[int, int]) -> None:
    """The night after `day`: what is not due yet bears interest in the period that it lies in."""
    for one in loan.instalments:
        if one.starts_on <= day < one.ends_on:
            borne[one.no] += sum(other.unpaid_principal_fen for other in loan.instalments if other.ends_on > day)


@given(method=st.sampled_from(list(PRODUCTS)), life=LIVES, stops=st.sets(st.integers(0, 130), max_size=12))
def test_where_days_stop_makes_no_difference(method: str, life: list[tuple[int, int]], stops: set[int]) -> None:
    ends = []
    for looks in (set(), stops):
        book, day = Book("b", 0, (drawn(method),)), START
        for number, (days, fen) in enumerate(life):
            for ahead in range(days):
                if ((day - START).days + ahead) in looks:
                    book = age(age(book, day + timedelta(days=ahead)).book, day + timedelta(days=ahead)).book
            day += timedelta(days=days)
            book = paid(book, day, fen, f"p-{number}")
        ends.append(age(book, START + timedelta(days=300)).book)
    assert ends[0] == ends[1]


@given(method=st.sampled_from(list(PRODUCTS)), life=LIVES)
def test_nothing_turns_negative_and_the_price_is_what_settles(method: str, life: list[tuple[int, int]]) -> None:
    book, day, given_fen = Book("b", 0, (drawn(method),)), START, 0
    for number, (days, fen) in enumerate(life):
        day += timedelta(days=days)
        book = age(book, day).book
        loan = book.loans[0]
        price_fen = payoff_of(loan, day).total_fen if book.active else 0
        book = paid(book, day, fen, f"p-{number}")
        given_fen += fen
        loan = book.loans[0]
        assert (loan.status == "settled") == (fen >= price_fen)
        assert book.suspense_fen + loan.received_fen == given_fen
        for one in loan.instalments:
            assert min(one.due.interest_fen, one.due.principal_fen, one.due.penalty_fen, one.interest_fen_days) >= 0
            assert one.interest_paid_fen <= one.recognised_interest_fen <= one.interest_fen
            assert (one.paid_on is not None) == (one.unpaid_fen == 0)


@given(life=LIVES, late=st.integers(0, 25))
def test_a_day_later_is_never_cheaper(life: list[tuple[int, int]], late: int) -> None:
    """The same money a day later leaves at least as much owed."""
    sums = []
    for wait in (0, 1):
        book, day = Book("b", 0, (drawn("interest_first"),)), START + timedelta(days=late + wait)
        for number, (days, fen) in enumerate(life):
            day += timedelta(days=days)
            book = paid(book, day, fen, f"p-{number}")
        end = age(book, START + timedelta(days=400)).book
        sums.append(sum(one.unpaid_fen for one in end.loans[0].instalments) - end.suspense_fen)
    assert sums[0] <= sums[1]

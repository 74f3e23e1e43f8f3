"""Accounts that are paid by statements: whatever is bought and paid, minimums and the rest are the balance, interest is
what its days say, and looking more often changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.loan.accrual import age
from service.domain.loan.bill import bill_of
from service.domain.loan.book import Book, LoanState
from service.domain.loan.card import statement_day_after
from service.domain.loan.daily import interest_fen
from service.domain.loan.event import Event, Paid, Purchased, apply
from service.domain.loan.journal import Entry, replay
from service.domain.loan.origination import open_account
from service.domain.loan.products import parse_products

START = date(2026, 1, 10)
CARD = {"due_after_days": 20, "minimum_rate": "0.1", "minimum_floor_fen": 10_000, "interest_on": "unpaid"}
ROW = {
    "name": "账户", "brand": "样例", "scene": "消费", "method": "revolving", "annual_rate": "0.18",
    "day_count": "act/360", "periods": [1], "min_principal_fen": 1, "max_principal_fen": 10**9,
    "rounding": "ROUND_HALF_UP", "unit_fen": 1, "penalty_multiplier": "1.5", "penalty_cap": "0.24",
    "clamp_penalty": True, "grace_mode": "backdate", "early_fee_rate": "0", "allocation_mode": "horizontal",
    "debt_order": "oldest_due",
    "allocation_order": ["fee", "penalty", "interest", "principal"], "revolving": True, "interest_by_day": False,
    "principal_grace_periods": 0,
}  # fmt: skip
PRODUCTS = parse_products(
    {
        "version": "t",
        "product": [
            ROW | {"code": "unpaid", "grace_days": 0, "card": CARD},
            ROW | {"code": "full", "grace_days": 3, "card": CARD | {"interest_on": "full"}},
        ],
    }
)
FEN = st.one_of(st.integers(1, 300), st.integers(300, 500_000))
STEPS = st.tuples(st.integers(0, 25), st.sampled_from(["buy", "buy", "pay", "minimum", "bill"]), FEN)
DAY_BY_DAY = settings(deadline=None, max_examples=60)  # some hundred ageings each
LIVES = st.lists(STEPS, min_size=1, max_size=14)
Step = tuple[int, str, int]


def account(code: str = "unpaid", *, statement_day: int = 5) -> LoanState:
    """0.05 % a day; late, 6 % a year more. Opened on 2026-01-10, so the first statement is of 02-05."""
    return open_account(
        PRODUCTS[code], loan_id="L1", borrower_id="b", credit_line_id="l", opened_on=START,
        statement_day=statement_day, purpose="购物账户", products_version="t",
    )  # fmt: skip


def lived(loan: LoanState, life: list[Step], *, look: Callable[[Book, date], Book] | None = None) -> Iterator[tuple]:
    """(day, book after the step, its entries): days pass, looked at each if wanted, then something happens."""
    book, day = Book("b", 0, (loan,)), START
    for number, (days, what, fen) in enumerate(life):
        for ahead in range(days + 1 if look else 0):
            book = look(book, day + timedelta(days=ahead))
        day += timedelta(days=days)
        if what in ("bill", "minimum"):
            bill = bill_of(age(book, day).book, day)
            fen = bill.bill_fen if what == "bill" else bill.minimum_fen
        body = Purchased("L1", fen, "样例") if what == "buy" else Paid(fen, None)
        posted = apply(book, Event(f"e-{number}", day, body)) if fen else age(book, day)
        book = posted.book
        yield day, book, posted.entries


def test_a_minimum_by_hand() -> None:
    # 3,000.00 on 01-20; stated on 02-05: 300.00 due 02-25, 2,700.00 roll
    *_, (_, book, _) = lived(account(), [(10, "buy", 300_000), (16, "minimum", 0)])
    first, cycle = book.loans[0].instalments
    assert (first.due_on, first.stated_fen, first.minimum_fen) == (date(2026, 2, 25), 300_000, 30_000)
    assert (first.principal_fen, first.paid_on) == (30_000, date(2026, 2, 5))
    assert (cycle.principal_fen, cycle.starts_on, cycle.ends_on) == (270_000, date(2026, 2, 5), date(2026, 3, 5))
    # 44 days from 01-20 until 03-05 × 2,700.00 × 0.05 % = 59.40; 10 % of 2,700.00 with it
    second = age(book, date(2026, 3, 5)).book.loans[0].instalments[1]
    assert (second.interest_fen, second.principal_fen, second.minimum_fen) == (5_940, 27_000, 32_940)


@pytest.mark.parametrize(
    ("day", "statement_day", "following"),
    [
        (date(2026, 1, 10), 5, date(2026, 2, 5)),
        (date(2026, 1, 4), 5, date(2026, 1, 5)),
        (date(2026, 1, 5), 5, date(2026, 2, 5)),
        (date(2026, 1, 31), 31, date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 3, 31)),
        (date(2028, 1, 30), 30, date(2028, 2, 29)),
    ],
)
def test_the_next_statement_day(day: date, statement_day: int, following: date) -> None:
    assert statement_day_after(day, statement_day) == following


@DAY_BY_DAY
@given(code=st.sampled_from(list(PRODUCTS)), life=LIVES, statement_day=st.integers(1, 31))
def test_days_that_are_looked_at_one_by_one_make_the_same_account(
    code: str, life: list[Step], statement_day: int
) -> None:
    def look(book: Book, day: date) -> Book:
        return age(age(book, day).book, day).book

    ends = []
    for how in (None, look):
        *_, (day, book, _) = lived(account(code, statement_day=statement_day), life, look=how)
        for ahead in range(100 if how else 0):
            book = how(book, day + timedelta(days=ahead))
        ends.append(age(book, day + timedelta(days=100)).book)
    assert ends[0] == ends[1]


@given(code=st.sampled_from(list(PRODUCTS)), life=LIVES)
def test_no_balance_is_negative_and_the_parts_are_the_whole(code: str, life: list[Step]) -> None:
    entries: list[Entry] = []
    given_fen = bought_fen = 0
    before = 0
    for (_, what, fen), (day, book, written) in zip(life, lived(account(code), life), strict=True):
        entries += written
        loan = book.loans[0]
        balances = replay((entry.kind, line) for entry in entries for line in entry.lines)
        bought_fen += fen if what == "buy" else 0
        given_fen = balances.cash_fen + bought_fen
        assert given_fen >= before
        before = given_fen
        assert loan.principal_fen == bought_fen == sum(one.principal_fen for one in loan.instalments)
        assert book.suspense_fen + loan.received_fen == given_fen
        assert book.suspense_fen >= 0
        assert sum(one.unpaid_fen for one in loan.purchases) == loan.unpaid_principal_fen
        for one in loan.instalments:
            said = balances.instalments["L1", one.no]
            assert (said.principal_fen, said.interest_recognised_fen) == (one.principal_fen, one.interest_fen)
            assert (said.penalty_fen, said.penalty_paid_fen) == (one.penalty_fen, one.penalty_paid_fen)
            assert min(one.due.fee_fen, one.due.penalty_fen, one.due.interest_fen, one.due.principal_fen) >= 0
            is_open = one is loan.instalments[-1]
            assert is_open == (one.stated_fen is None)
            assert (one.paid_on is not None) == (one.unpaid_fen == 0 and not is_open)
        assert day < loan.instalments[-1].ends_on


@DAY_BY_DAY
@given(code=st.sampled_from(list(PRODUCTS)), life=LIVES)
def test_every_statement_is_its_minimum_and_the_rest_that_rolls(code: str, life: list[Step]) -> None:
    seen = 0

    def look(book: Book, day: date) -> Book:
        nonlocal seen
        book = age(book, day).book
        loan = book.loans[0]
        is_new, seen = len(loan.instalments) - 1 > seen, len(loan.instalments) - 1
        if is_new and not book.suspense_fen:  # which is used on its own days
            last, cycle = loan.instalments[-2:]
            assert last.ends_on == day  # made on its day, whatever happened before
            asked = sum(claim.fen for claim in loan.claims())
            rest = sum(claim.fen for claim in loan.beyond_minimum())
            assert last.minimum_fen == asked
            assert (last.stated_fen, cycle.principal_fen) == (asked + rest, rest)
            assert asked >= min(asked + rest, 10_000)
        return book

    for _ in lived(account(code), [*life, (40, "pay", 1)], look=look):
        pass


@given(
    code=st.sampled_from(list(PRODUCTS)),
    cycles=st.lists(st.tuples(st.lists(FEN, max_size=3), st.integers(0, 20)), min_size=1, max_size=6),
)
def test_who_pays_every_statement_in_full_and_in_time_pays_no_interest(
    code: str, cycles: list[tuple[list[int], int]]
) -> None:
    book, stated_on, paid_fen = Book("b", 0, (account(code),)), date(2026, 2, 5), 0
    for number, (purchases, wait) in enumerate(cycles):
        for index, fen in enumerate(purchases):
            on = stated_on - timedelta(days=3 - index)
            book = apply(book, Event(f"b-{number}-{index}", on, Purchased("L1", fen, "样例"))).book
        day = stated_on + timedelta(days=wait)
        bill = bill_of(age(book, day).book, day)
        if bill.bill_fen:
            paid_fen += bill.bill_fen
            book = apply(book, Event(f"p-{number}", day, Paid(bill.bill_fen, None))).book
        stated_on = statement_day_after(stated_on, 5)
    end = age(book, stated_on + timedelta(days=60)).book
    assert sum(one.interest_fen + one.penalty_fen for one in end.loans[0].instalments) == 0
    assert paid_fen == sum(fen for purchases, _ in cycles for fen in purchases)
    assert end.loans[0].unpaid_principal_fen == 0


@given(life=LIVES)
def test_interest_is_what_a_night_by_night_count_says(life: list[Step]) -> None:
    """Counted apart: purchases are repaid oldest first; one that is unpaid after its due day has borne from its day."""
    loan = account()
    purchases: list[list] = []  # [day, unpaid fen, whether it bears]
    borne: dict[date, int] = defaultdict(int)  # fen × days by the statement day that asks for them
    day, unpaid_fen, book = START, 0, Book("b", 0, (loan,))

    def until(then: date) -> None:
        nonlocal day
        while day < then:
            stated_on = statement_day_after(day, 5)
            for one in purchases:
                due_on = statement_day_after(one[0], 5) + timedelta(days=20)
                if not one[2] and day == due_on and one[1]:
                    one[2] = True
                    borne[stated_on] += one[1] * (day - one[0]).days
                if one[2]:
                    borne[stated_on] += one[1]
            day += timedelta(days=1)

    for (_, what, fen), (on, now, _) in zip(life, lived(loan, life), strict=True):
        if book.suspense_fen or now.suspense_fen:
            return  # suspense is used on days of its own
        until(on)
        book = now
        if what == "buy":
            purchases.append([on, fen, False])
            unpaid_fen += fen
        repaid_fen, unpaid_fen = unpaid_fen - now.loans[0].unpaid_principal_fen, now.loans[0].unpaid_principal_fen
        for one in purchases:
            part = min(repaid_fen, one[1])
            one[1] -= part
            repaid_fen -= part
    last = age(book, day + timedelta(days=70)).book
    until(day + timedelta(days=70))
    counted = {stated_on: interest_fen(loan, fen_days) for stated_on, fen_days in borne.items()}
    said = {one.ends_on: one.interest_fen for one in last.loans[0].instalments[:-1]}
    assert {on: fen for on, fen in said.items() if fen} == {
        on: fen for on, fen in counted.items() if fen and on <= last.loans[0].instalments[-1].starts_on
    }


@given(life=st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["buy", "pay"]), FEN), min_size=1, max_size=14))
def test_interest_on_the_whole_amount_is_never_less_than_on_the_unpaid_part(life: list[Step]) -> None:
    sums = []
    for interest_on in ("unpaid", "full"):
        loan = account("full")
        assert loan.card is not None
        loan = replace(loan, card=replace(loan.card, interest_on=interest_on))
        *_, (_, book, _) = lived(loan, life)
        sums.append(sum(one.interest_fen for one in age(book, START + timedelta(days=500)).book.loans[0].instalments))
    assert sums[0] <= sums[1]

"""The demonstration's portfolio: the cast is in its states on any day, every state occurs, and the books agree."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service.db import loan as ledger
from service.db.engine import Database
from service.db.loan_journal import journal_of
from service.db.tables import metadata
from service.db.tables.loan import borrower, instalment, journal_entry, journal_line, loan, receipt
from service.demo.cast import CAST
from service.demo.play import play
from service.demo.portfolio import KINDS, stories
from service.demo.seed import seed
from service.domain.days import SHANGHAI
from service.domain.errors import Refused
from service.domain.loan.ageing import BEYOND_BUCKETS, BUCKETS
from service.domain.loan.journal import replay
from service.domain.loan.price_caps import parse_price_caps
from service.domain.loan.products import parse_products
from service.domain.loan.terms import Method
from service.usecases.loan.bill import bill
from service.usecases.loan.debt import debt_of
from service.usecases.loan.limit import limit
from service.usecases.ports import FrozenClock

POLICY = Path(__file__).parents[2] / "service" / "policy" / "products.toml"
CAPS = parse_price_caps(tomllib.loads(POLICY.with_name("price_caps.toml").read_text(encoding="utf-8")))
PRODUCTS = parse_products(tomllib.loads(POLICY.read_text(encoding="utf-8")))
TODAY = date(2026, 11, 23)
Pauses = list[dict[str, Any]]


def _seed(folder: Path, *, today: date, borrowers: int) -> tuple[Database, Pauses]:
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    metadata.create_all(database.engine)
    pauses: Pauses = []
    clock = FrozenClock(datetime.combine(today, time(10), SHANGHAI))
    seed(
        database,
        clock=clock,
        products=PRODUCTS,
        price_caps=CAPS,
        borrowers=borrowers,
        pause=lambda _conn, **asked: pauses.append(asked),
    )
    return database, pauses


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Pauses]]:
    """200 borrowers on Monday 2026-11-23."""
    database, pauses = _seed(tmp_path_factory.mktemp("portfolio"), today=TODAY, borrowers=200)
    yield database, pauses
    database.close()


@pytest.mark.parametrize(
    "today", [TODAY, date(2027, 1, 1), date(2027, 3, 31), date(2028, 2, 29)], ids=lambda today: str(today)
)
def test_every_member_of_the_cast_is_in_his_state_on_any_day(today: date, tmp_path: Path) -> None:
    database, pauses = _seed(tmp_path, today=today, borrowers=len(CAST))
    with database.reading() as conn:
        debts = {one.id: debt_of(conn, borrower_id=one.id, today=today) for one in CAST}
        overdue = {name: debt.days_past_due for name, debt in debts.items() if debt.overdue_fen}
        lines = limit(conn, borrower_id="demo-overdue-5", today=today)
        two_loans = ledger.load_book(conn, "demo-overdue-5")
        grace = bill(conn, borrower_id="demo-overdue-2", today=today)
        settled = ledger.load_book(conn, "demo-settled", settled=True)
        deferred = ledger.hardship_plan_of(conn, "seed:demo-hardship-1")
        any_day = bill(conn, borrower_id="demo-any-day", today=today)
        paid_in_full, paid_least = (
            bill(conn, borrower_id=name, today=today).statements[0] for name in ("demo-card", "demo-card-minimum")
        )
        building = bill(conn, borrower_id="demo-grace", today=today)
    database.close()
    assert overdue == {
        "demo-overdue-2": 2,
        "demo-overdue-5": 5,
        "demo-overdue-20": 20,
        "demo-overdue-45": 45,
        "demo-overdue-75": 75,
        "demo-overdue-120": 120,
        "demo-disputed": 12,
        "demo-card-overdue": 8,
    }
    next_due = {name: debt.next_due_on for name, debt in debts.items()}
    assert next_due["demo-due-today"] == today
    assert next_due["demo-due-in-3"] == today + timedelta(days=3)
    paid_up, hardship = next_due["demo-paid-up"], next_due["demo-hardship"]
    assert paid_up is not None
    assert (paid_up.year, paid_up.month) > (today.year, today.month)
    assert hardship is not None
    assert hardship > today
    assert next_due["demo-settled"] is None
    assert grace.penalty_fen == 0
    # 10,000.00 until five days ago, then less than 7,100.00: nothing but the interest of a month is due
    assert (any_day.items[0].no, any_day.items[0].principal_fen) == (2, 0)
    assert 0 < any_day.bill_fen < 1_000_000 * 31 * 126 // 360_000
    # the last statement was paid in full, so only what was bought since is in this one: 2,350.00, 10 % at least
    assert (paid_in_full.due_on, paid_in_full.no) == (today + timedelta(days=6), 2)
    assert (paid_in_full.stated_fen, paid_in_full.minimum_fen) == (235_000, 23_500)
    # 3,600.00 − 360.00 + 420.00, and interest of some 40 days on 3,240.00 of it
    assert 366_000 + 40 * 324_000 * 4 // 10_000 <= paid_least.stated_fen <= 366_000 + 41 * 324_000 * 4 // 10_000
    assert [(one.no, one.principal_fen, one.interest_fen) for one in building.items] == [(2, 0, 59_400)]
    assert settled is not None
    assert [one.status for one in settled.loans] == ["settled"]
    assert deferred is not None
    assert {one["borrower_id"]: one["reason"] for one in pauses} == {
        "demo-hardship": "hardship",
        "demo-disputed": "dispute",
    }
    _is_the_main_example(lines, two_loans, today)


def _is_the_main_example(lines: Any, book: Any, today: date) -> None:
    """Two loans: 6,000 yuan over 12 periods with the fourth overdue, and a drawdown that is in order."""
    assert lines.limit_fen == 5_000_000
    assert lines.available_fen > 3_000_000
    fridge, drawdown = sorted(book.loans, key=lambda one: one.id)
    assert (fridge.principal_fen, fridge.periods, fridge.purpose) == (600_000, 12, "家电分期·云朵冰箱")
    assert [(one.no, (today - one.due_on).days) for one in fridge.unpaid[:1]] == [(4, 5)]
    assert drawdown.days_past_due == 0
    assert drawdown.unpaid[0].due_on == today + timedelta(days=12)


def test_every_method_bucket_and_ending_occurs(portfolio: tuple[Database, Pauses]) -> None:
    database, pauses = portfolio
    with database.reading() as conn:
        methods = set(conn.execute(select(loan.c.method)).scalars())
        found = Counter(tuple(row) for row in conn.execute(select(loan.c.status, loan.c.bucket)))
        deposits = conn.execute(select(func.count()).where(borrower.c.suspense_fen > 0)).scalar()
    assert methods == {method.value for method in Method}
    late = {bucket for status, bucket in found if status == "active"}
    assert late >= {name for _, name in BUCKETS[:5]} | {BEYOND_BUCKETS}
    assert found["settled", "M0"] > 10
    assert found["active", "M0"] > 2 * sum(count for (_, bucket), count in found.items() if bucket != "M0")
    assert deposits
    assert {one["reason"] for one in pauses} == {"hardship", "dispute"}


def test_the_journal_sums_to_zero_and_replays_to_every_balance(portfolio: tuple[Database, Pauses]) -> None:
    database, _ = portfolio
    with database.reading() as conn:
        sums = conn.execute(select(func.sum(journal_line.c.amount_fen)).group_by(journal_line.c.entry_id)).scalars()
        assert set(sums) == {0}
        people = list(conn.execute(select(borrower.c.id)).scalars())
        for book in ledger.load_books(conn, people, settled=True):
            balances = replay(journal_of(conn, book.borrower_id))
            assert balances.suspense_fen == book.suspense_fen
            for state in book.loans:
                for one in state.instalments:
                    kept = balances.instalments[state.id, one.no]
                    assert kept.principal_fen - kept.principal_paid_fen == one.unpaid_principal_fen
                    assert (kept.interest_recognised_fen, kept.interest_paid_fen) == (
                        one.recognised_interest_fen,
                        one.interest_paid_fen,
                    )
                    assert (kept.penalty_fen, kept.penalty_paid_fen) == (one.penalty_fen, one.penalty_paid_fen)


def test_the_same_seed_writes_the_same_portfolio(tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        database, pauses = _seed(tmp_path / name, today=TODAY, borrowers=40)
        with database.reading() as conn:
            tables = (borrower, loan, instalment, receipt, journal_entry, journal_line)
            written.append(([tuple(map(tuple, conn.execute(select(table)))) for table in tables], pauses))
        database.close()
    assert written[0] == written[1]


def test_a_borrower_is_the_same_in_a_small_and_in_a_large_portfolio() -> None:
    small = list(stories(TODAY, PRODUCTS, borrowers=20, seed=7))
    large = list(stories(TODAY, PRODUCTS, borrowers=300, seed=7))
    assert large[:20] == small
    assert large != list(stories(TODAY, PRODUCTS, borrowers=300, seed=8))


def test_nothing_in_a_story_is_in_the_future() -> None:
    for story in stories(TODAY, PRODUCTS, borrowers=1_500, seed=7):
        happened = [story.settled_on, story.half_paid_on, *(one.disbursed_on for one in story.loans)]
        happened += [one.on for one in (story.deferral, story.pause) if one]
        assert all(day <= TODAY for day in happened if day), story
    assert sum(kind.weight for kind in KINDS.values()) == 1_000


@pytest.mark.parametrize(
    "today", [date(2026, 11, 24), date(2026, 12, 31), date(2027, 2, 28), date(2027, 3, 1)], ids=str
)
def test_whoever_has_an_account_beside_loans_is_written_on_any_day(today: date, tmp_path: Path) -> None:
    """Two payments of a minimum may fall on one day: the first then pays for both."""
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    metadata.create_all(database.engine)
    now = datetime.combine(today, time(10), SHANGHAI)
    people = [one for one in stories(today, PRODUCTS, borrowers=1_900, seed=7, first=len(CAST) + 1) if one.account]
    assert len(people) > 20
    with database.transaction() as conn:
        for story in people:
            play(conn, story, products=PRODUCTS, price_caps=CAPS, now=now, pause=lambda *_, **__: None)
        assert conn.scalar(select(func.count()).select_from(borrower)) == len(people)
    database.close()


def test_a_ledger_with_people_in_it_is_left_alone(tmp_path: Path) -> None:
    database, _ = _seed(tmp_path, today=TODAY, borrowers=len(CAST))
    with pytest.raises(Refused) as refused:
        seed(
            database,
            clock=FrozenClock(datetime.combine(TODAY, time(10), SHANGHAI)),
            products=PRODUCTS,
            price_caps=CAPS,
            pause=lambda: 0,
        )
    database.close()
    assert refused.value.code == "ledger_not_empty"

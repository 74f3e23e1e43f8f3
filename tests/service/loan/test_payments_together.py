"""Payments posted together leave, row for row, hash for hash and answer for answer, what they leave one by one.

XIAOQING_LONG multiplies the number of portfolios; a failing one is named by its seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.db.engine import Database
from service.db.loan import borrower_ids
from service.db.tables import loan as tables
from service.domain.errors import Refused, XiaoqingError
from service.domain.loan.payment import Share
from service.usecases.loan import post_payments as posting
from service.usecases.loan.post_payment import post_payment
from service.usecases.loan.post_payments import Payment, Receipt, post_payments
from service.usecases.loan.verify_journal import verify_borrower
from tests.service.loan.ledger import (
    BORROWER,
    FRIDGE,
    SHOPPING,
    assert_projection_is_the_journal,
    book_of,
    borrow,
    buy_on,
    noon,
    open_shopping,
    pay_on,
)
from tests.service.loan.portfolios import START, Portfolio, close, every_row

PORTFOLIOS = int(3 * float(os.environ.get("XIAOQING_LONG", "1")))
BORROWERS = 8
AMOUNTS = (1, 700, 9_999, 60_000, 61_234, 250_000, 3_000_000)
Answers = list[Receipt | XiaoqingError]


def drawn(dice: random.Random, day: date, earlier: Sequence[Payment], loans: dict[str, list[str]]) -> list[Payment]:
    """What a file may bring: several of one borrower, repeats, ids used twice, old days, loans that are another's."""
    people = [*loans, "nobody"]
    found: list[Payment] = []
    for number in range(30):
        known = [*earlier, *found]
        chance = dice.random()
        if known and chance < 0.1:
            found.append(dice.choice(known))
        elif known and chance < 0.2:
            found.append(replace(dice.choice(known), amount_fen=dice.choice(AMOUNTS) + 1))
        else:
            person = dice.choice(people)
            on = day - timedelta(days=dice.choice((0, 0, 0, 0, 1, 2, 9, 40)))
            amount_fen = dice.choice((*AMOUNTS, *AMOUNTS, 0, -5))
            shares = _shares(dice, amount_fen, loans.get(person, []), loans)
            found.append(Payment(f"p-{day}-{number}", person, amount_fen, noon(on), "bank", shares))
    return found


def _shares(
    dice: random.Random, amount_fen: int, own: list[str], loans: dict[str, list[str]]
) -> tuple[Share, ...] | None:
    if not own or dice.random() < 0.5:
        return None
    every = [Share(dice.choice(own), amount_fen, settles=dice.random() < 0.3)]
    if dice.random() < 0.3:
        others = [one for found in loans.values() for one in found]
        every.append(Share(dice.choice(others), dice.choice((0, 1, -1, 500))))
    return tuple(every)


def live_through(database: Database, seed: int, *, together: bool) -> Answers:
    """What everybody was answered, over some months in which other things happen, too."""
    dice, portfolio = random.Random(f"payments {seed}"), Portfolio(seed, borrowers=BORROWERS)
    portfolio.lend(database)
    with database.transaction() as conn:
        open_shopping(conn, on=START)
        borrow(conn, loan_id="l-by-day", product_code="flexible", on=START, limit_fen=5_000_000)
        loans = {person: [one.id for one in book_of(conn, person).loans] for person in [*portfolio.people, BORROWER]}
    earlier: list[Payment] = []
    answers: Answers = []
    for number, ahead in enumerate((20, 33, 47, 62, 93, 130)):
        day = START + timedelta(days=ahead)
        if number < 4:
            with database.transaction() as conn:
                buy_on(conn, day, 40_000 + number)
        portfolio.live(database, day, share=0.4)
        if number % 2:
            assert close(database, day).failures == ()
        asked = drawn(dice, day, earlier, loans)
        answers += posted_together(database, asked, day) if together else posted_one_by_one(database, asked, day)
        earlier += asked
    return answers


def posted_together(database: Database, payments: Sequence[Payment], day: date) -> Answers:
    with database.transaction() as conn:
        return post_payments(conn, payments, now=noon(day))


def posted_one_by_one(database: Database, payments: Sequence[Payment], day: date) -> Answers:
    answers: Answers = []
    for one in payments:
        try:
            with database.transaction() as conn:
                answers.append(
                    post_payment(
                        conn,
                        payment_id=one.payment_id,
                        borrower_id=one.borrower_id,
                        plan_or_shares=one.shares,
                        amount_fen=one.amount_fen,
                        paid_at=one.paid_at,
                        channel=one.channel,
                        now=noon(day),
                    )
                )
        except XiaoqingError as refusal:
            answers.append(refusal)
    return answers


def said(answers: Answers) -> list[object]:
    return [(type(one), one.code, one.detail) if isinstance(one, XiaoqingError) else one for one in answers]


@pytest.mark.parametrize("seed", range(PORTFOLIOS))
def test_together_and_one_by_one_write_the_same_rows_and_answer_the_same(
    seed: int,
    sqlite_database: Database,
    postgres_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posting, "AHEAD", 5 + seed)  # a batch is several parts, each written while the next is posted
    specified = Database(f"sqlite:///{tmp_path_factory.mktemp('one_by_one') / 'test.db'}")
    tables.metadata.create_all(specified.engine)
    expected = live_through(specified, seed, together=False)
    kinds = Counter("refused" if isinstance(one, XiaoqingError) else f"again {one.duplicate}" for one in expected)
    assert min(kinds["refused"], kinds["again True"], kinds["again False"]) > 5, kinds
    with specified.reading() as conn:
        rows = every_row(conn)
    for database in (sqlite_database, postgres_database):
        assert said(live_through(database, seed, together=True)) == said(expected)
        with database.reading() as conn:
            found = every_row(conn)
            for name in rows:
                assert found[name] == rows[name], name
            for borrower_id in borrower_ids(conn):
                assert verify_borrower(conn, borrower_id) == ()
    specified.close()


def test_one_that_is_refused_leaves_nothing_and_the_others_are_posted(database: Database) -> None:
    with database.transaction() as conn:
        borrow(conn)
        at = noon(date(2026, 8, 18))
        asked = [
            Payment("p-1", BORROWER, 10_000, at, "bank"),
            Payment("p-2", "nobody", 10_000, at, "bank"),
            Payment("p-1", BORROWER, 20_000, at, "bank"),
            Payment("p-3", BORROWER, 0, at, "bank"),
            Payment("p-4", BORROWER, 20_000, at, "bank", (Share(FRIDGE, 20_000),)),
            Payment("p-1", BORROWER, 10_000, at, "bank"),
        ]
        first, nobody, reused, nothing, second, again = post_payments(conn, asked, now=at)
        assert isinstance(first, Receipt)
        assert isinstance(second, Receipt)
        assert again == replace(first, duplicate=True)
        codes = [one.code for one in (nobody, reused, nothing) if isinstance(one, XiaoqingError)]
        assert codes == ["borrower_unknown", "idempotency_key_reused", "amount_not_positive"]
        paid = sum(one.received_fen for one in book_of(conn).loans[0].instalments)
        assert paid + book_of(conn).suspense_fen == 30_000
        assert_projection_is_the_journal(conn)


def test_two_late_payments_of_one_batch_both_count_from_their_days(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        borrow(conn)
        pay_on(conn, date(2026, 9, 18), 30_000)
        late = [
            Payment(f"p-{day}", BORROWER, 53_985, noon(date(2026, 8, day)), "bank") for day in (18, 17)
        ]  # fmt: skip
        first, second = post_payments(conn, late, now=noon(date(2026, 9, 18)))
        assert isinstance(first, Receipt)
        assert isinstance(second, Receipt)
        one = book_of(conn).loans[0].instalments[0]
        assert (one.penalty_fen, one.paid_on) == (0, date(2026, 8, 17))
        assert_projection_is_the_journal(conn)


def test_an_account_s_statements_are_kept_as_they_were_first_made(sqlite_database: Database) -> None:
    """The second payment of the batch comes late and corrects a statement that the first one had made."""
    with sqlite_database.transaction() as conn:
        open_shopping(conn)
        buy_on(conn, date(2026, 7, 20), 100_000)
        asked = [
            Payment("p-1", BORROWER, 10_000, noon(date(2026, 8, 20)), "bank", (Share(SHOPPING, 10_000),)),
            Payment("p-2", BORROWER, 10_000, noon(date(2026, 8, 1)), "bank", (Share(SHOPPING, 10_000),)),
        ]
        assert not any(isinstance(one, Refused) for one in post_payments(conn, asked, now=noon(date(2026, 8, 20))))
        told = conn.execute(tables.account_statement.select()).one()
        assert told.stated_fen == 100_000
        assert_projection_is_the_journal(conn)

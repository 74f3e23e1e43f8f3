"""Promises in parts follow the ledger: money that is taken back, moved or given back keeps nothing any more, and the
history says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from service.db import promise as kept
from service.db.engine import Database
from service.domain.collect.promise import Promise
from service.domain.collect.promising import Wished
from service.domain.days import business_date
from service.domain.errors import Refused
from service.usecases.collect.correct_payment import give_back, move, take_back
from service.usecases.collect.list_promises import list_promises
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.reconcile_promises import keep_with
from service.usecases.collect.settle_promises import settle_due_promises
from service.usecases.loan.adjust import Order
from service.usecases.loan.post_payment import post_payment
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe
from tests.service.test_facts import known


def promise(
    database: Database, clock: FrozenClock, *parts: tuple[int | None, int], key: str = "k1", who: str = "b1"
) -> Promise:
    """Of (yuan, in so many days) each."""
    today = business_date(clock.now())
    wished = [Wished(None if yuan is None else yuan * 100, today + timedelta(days=days)) for yuan, days in parts]
    with database.transaction() as conn:
        return make_promise(
            conn, borrower_id=who, conversation_id="c1", parts=wished, text="先还一点", key=key, now=clock.now(),
            today=today, policy=policy(),
        )  # fmt: skip


def pay(
    database: Database, clock: FrozenClock, yuan: int, *, name: str, who: str = "b1", paid_at: datetime | None = None
) -> None:
    """Posted as the payment gateway's word is, with the hook that decides promises. The clock goes on by a second."""
    clock.instant += timedelta(seconds=1)
    with database.transaction() as conn:
        post_payment(
            conn, payment_id=name, borrower_id=who, amount_fen=yuan * 100, paid_at=paid_at or clock.now(),
            channel="test", now=clock.now(),
        )  # fmt: skip
        keep_with(conn, borrower_id=who, payment_id=name, now=clock.now())


def settle(database: Database, clock: FrozenClock) -> dict[str, int]:
    with database.transaction() as conn:
        return settle_due_promises(conn, today=business_date(clock.now()), now=clock.now())


def stands(database: Database, who: str = "b1") -> list[str]:
    """Newest first: "partly 300: kept 200, partly 100"."""
    with database.reading() as conn:
        found = list_promises(conn, borrower_id=who)
    return [
        f"{one.state} {one.paid_fen // 100}: " + ", ".join(f"{part.state} {part.kept_fen // 100}" for part in one.parts)
        for one in found
    ]


def history(database: Database, made: Promise) -> list[str]:
    with database.reading() as conn:
        events = kept.events_of(conn, made.id)
    return [f"{one.why.cause} {one.why.reference}: {one.state} {one.paid_fen // 100}" for one in events]


def reverse(database: Database, clock: FrozenClock, name: str) -> None:
    clock.instant += timedelta(seconds=1)
    with database.transaction() as conn:
        take_back(conn, payment_id=name, by="林岚", reason="charged_back", now=clock.now())


def test_parts_are_decided_each_on_its_day(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    made = promise(database, clock, (200, 2), (300, 9))
    assert (made.amount_fen, made.due_on) == (50_000, date(2026, 12, 2))
    pay(database, clock, 200, name="p1")
    assert stands(database) == ["pending 200: kept 200, pending 0"]
    at(clock, "00:01", days=3)
    assert settle(database, clock) == {}
    at(clock, "00:01", days=7)
    assert settle(database, clock) == {"partly": 1}
    assert settle(database, clock) == {}
    assert stands(database) == ["partly 200: kept 200, broken 0"]
    assert history(database, made) == ["made : pending 0", "payment p1: pending 200", "day_over : partly 200"]


def test_after_a_part_is_missed_the_others_are_still_followed(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, (200, 2), (300, 9))
    at(clock, "09:00", days=3)
    assert settle(database, clock) == {"broken": 1}
    with database.reading() as conn:
        assert kept.borrowers_with_pending(conn, ["b1"]) == set()  # it protects no more
    pay(database, clock, 300, name="p1")
    assert stands(database) == ["partly 300: broken 0, kept 300"]
    at(clock, "09:00", days=9)
    assert settle(database, clock) == {}


def test_the_rest_is_fixed_when_it_is_promised(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    made = promise(database, clock, (200, 2), (None, 9))
    first, rest = made.parts
    assert (first.amount_fen, first.is_rest, rest.is_rest) == (20_000, False, True)
    assert rest.amount_fen > 0
    again = promise(database, clock, (200, 2), (None, 9))
    assert again == made
    at(clock, "10:00", days=3)
    with database.reading() as conn:
        assert kept.promises_of(conn, "b1")[0].parts[1].amount_fen == rest.amount_fen


def test_a_kept_promise_whose_payment_bounces_is_pending_again_in_time(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    made = promise(database, clock, (500, 2))
    pay(database, clock, 500, name="p1")
    assert stands(database) == ["kept 500: kept 500"]
    reverse(database, clock, "p1")
    assert stands(database) == ["pending 0: pending 0"]
    assert history(database, made) == ["made : pending 0", "payment p1: kept 500", "reversal p1: pending 0"]
    with database.reading() as conn:
        (pending,) = kept.promises_of(conn, "b1")
        assert pending == kept.promise_by_id(conn, made.id)
        assert pending.decided_at is None


def test_a_kept_promise_whose_payment_bounces_after_its_day_is_broken_and_known_to_the_strategy(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    made = promise(database, clock, (500, 2))
    pay(database, clock, 500, name="p1")
    assert known(database, clock).promises_kept == 1
    at(clock, "10:00", days=5)
    reverse(database, clock, "p1")
    assert stands(database) == ["broken 0: broken 0"]
    assert history(database, made)[-1] == "reversal p1: broken 0"
    assert (known(database, clock).promises_kept, known(database, clock).promises_broken) == (0, 1)


def test_a_bounced_payment_lets_a_later_one_count_for_the_first_part(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, (200, 2), (300, 9))
    pay(database, clock, 200, name="p1")
    pay(database, clock, 200, name="p2")
    assert stands(database) == ["pending 400: kept 200, pending 200"]
    reverse(database, clock, "p1")
    assert stands(database) == ["pending 200: kept 200, pending 0"]


def test_money_of_another_account_keeps_the_promise_of_whoever_paid_it(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    owe(database, clock=clock, borrower_id="b2")
    of_b1 = promise(database, clock, (500, 2))
    of_b2 = promise(database, clock, (500, 2), key="k2", who="b2")
    pay(database, clock, 500, name="p1")
    at(clock, "10:00", days=4)
    settle(database, clock)
    assert (stands(database), stands(database, "b2")) == (["kept 500: kept 500"], ["broken 0: broken 0"])
    with database.transaction() as conn:
        move(conn, payment_id="p1", to="b2", by="林岚", reason="付错户", now=clock.now())
    assert (stands(database), stands(database, "b2")) == (["broken 0: broken 0"], ["kept 500: kept 500"])
    assert history(database, of_b1)[-1] == history(database, of_b2)[-1].replace("kept 500", "broken 0")
    assert history(database, of_b2)[-1] == "moved p1>b2: kept 500"


def test_what_is_refunded_keeps_nothing(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock, loans=1)
    made = promise(database, clock, (1_000, 2))
    pay(database, clock, 1_000, name="p1")
    assert stands(database) == ["kept 1000: kept 1000"]
    clock.instant += timedelta(seconds=1)
    with database.transaction() as conn:
        order = Order("r1", "林岚", "客户要求退回", business_date(clock.now()), clock.now())
        give_back(conn, order, borrower_id="b1", amount_fen=10_000)
    assert stands(database) == ["pending 900: pending 900"]
    assert history(database, made)[-1] == "refund r1: pending 900"


def test_a_late_posted_payment_counts_by_the_day_on_which_it_was_paid(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, (500, 1))
    at(clock, "22:00", days=1)
    in_time = clock.now()
    at(clock, "10:00", days=1)
    assert settle(database, clock) == {"broken": 1}
    pay(database, clock, 500, name="p1", paid_at=in_time)
    assert stands(database) == ["kept 500: kept 500"]


def test_a_payment_that_bounces_after_a_new_promise_leaves_the_older_one_replaced(
    database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    older = promise(database, clock, (500, 5))
    pay(database, clock, 500, name="p1")
    clock.instant += timedelta(minutes=1)
    newer = promise(database, clock, (300, 9), key="k2")
    reverse(database, clock, "p1")
    assert stands(database) == ["pending 0: pending 0", "cancelled 0: cancelled 0"]
    pay(database, clock, 300, name="p2")
    assert stands(database) == ["kept 300: kept 300", "cancelled 0: cancelled 0"]
    assert history(database, older)[1:] == [
        "payment p1: kept 500", f"replaced {newer.id}: kept 500", "reversal p1: cancelled 0"
    ]  # fmt: skip


def test_doing_it_again_changes_nothing_and_adds_no_line_to_the_history(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    made = promise(database, clock, (200, 2), (300, 9))
    pay(database, clock, 250, name="p1")
    before = history(database, made)
    with database.transaction() as conn:
        keep_with(conn, borrower_id="b1", payment_id="p1", now=clock.now())
    reverse(database, clock, "p1")
    reverse(database, clock, "p1")
    assert (len(before), len(history(database, made))) == (2, 3)


def test_a_promise_from_before_there_were_parts_is_one_of_one_part(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    owe(sqlite_database, clock=clock)
    promise(sqlite_database, clock, (500, 1))
    with sqlite_database.transaction() as conn:
        conn.exec_driver_sql("DELETE FROM promise_part")
    pay(sqlite_database, clock, 200, name="p1")
    assert stands(sqlite_database) == ["pending 200: pending 200"]
    at(clock, "10:00", days=2)
    with sqlite_database.transaction() as conn:
        conn.exec_driver_sql("DELETE FROM promise_part")
    assert settle(sqlite_database, clock) == {"partly": 1}


def test_after_too_many_promises_anew_a_person_takes_over(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    for number in range(3):
        promise(database, clock, (100, 1), key=f"k{number}")
        at(clock, "10:00", days=2)
        settle(database, clock)
    with pytest.raises(Refused) as refused:
        promise(database, clock, (100, 1), key="k9")
    assert refused.value.code == "too_many_renegotiations"
    assert len(stands(database)) == 3


def test_a_slip_put_right_on_the_same_day_is_no_renegotiation(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    for number in range(6):
        clock.instant += timedelta(minutes=1)
        promise(sqlite_database, clock, (100 + number, 1), key=f"k{number}")
    assert len(stands(sqlite_database)) == 6

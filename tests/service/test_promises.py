"""Promises are taken within bounds, decided by the ledger, and recorded over HTTP once per key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from service.db import payment
from service.db.engine import Database
from service.domain.collect.promise import Cause, Promise, Why
from service.domain.collect.promising import Wished
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.payment_order import Order, OrderState, PaymentCallback
from service.usecases.collect.list_promises import list_promises
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.reconcile_promises import reconcile_promises
from service.usecases.collect.settle_promises import settle_due_promises
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.ports import FrozenClock
from service.wiring import _keep_promises
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, owe, pay, plan_now, states


def promise(
    database: Database, clock: FrozenClock, *, fen: int = 50_000, days: int = 2, key: str = "k1", who: str = "b1"
) -> Promise:
    today = business_date(clock.now())
    with database.transaction() as conn:
        return make_promise(
            conn, borrower_id=who, conversation_id="c1", parts=(Wished(fen, today + timedelta(days=days)),),
            text="后天还五百", key=key, now=clock.now(), today=today, policy=policy(),
        )  # fmt: skip


def kept(database: Database, who: str = "b1") -> list[tuple[str, int]]:
    with database.reading() as conn:
        return [(one.state.value, one.paid_fen) for one in list_promises(conn, borrower_id=who)]


def settle(database: Database, clock: FrozenClock) -> dict[str, int]:
    with database.transaction() as conn:
        return settle_due_promises(conn, today=business_date(clock.now()), now=clock.now())


def reconcile(database: Database, clock: FrozenClock) -> None:
    with database.transaction() as conn:
        why = Why(Cause.PAYMENT, "p")
        reconcile_promises(conn, borrower_id="b1", why=why, now=clock.now(), today=business_date(clock.now()))


def test_a_promise_is_kept_as_soon_as_the_ledger_has_the_money(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock)
    pay(database, clock=clock, amount_fen=20_000)
    reconcile(database, clock)
    assert kept(database) == [("pending", 20_000)]
    pay(database, clock=clock, amount_fen=30_000)
    reconcile(database, clock)
    reconcile(database, clock)
    assert kept(database) == [("kept", 50_000)]


def test_at_the_end_of_the_day_it_is_partly_kept_or_broken(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    owe(database, clock=clock, borrower_id="b2")
    owe(database, clock=clock, borrower_id="b3")
    promise(database, clock)
    promise(database, clock, key="k2", who="b2")
    promise(database, clock, key="k3", who="b3", days=3)
    pay(database, clock=clock, amount_fen=20_000)
    at(clock, "23:59", days=2)
    assert settle(database, clock) == {}
    at(clock, "00:01", days=1)
    assert settle(database, clock) == {"partly": 1, "broken": 1}
    assert settle(database, clock) == {}
    assert (kept(database), kept(database, "b2")) == ([("partly", 20_000)], [("broken", 0)])
    assert kept(database, "b3") == [("pending", 0)]


def order(database: Database, clock: FrozenClock) -> str:
    """A payment of 500 yuan on its way; its id."""
    fields = {"conversation_id": "c1", "borrower_id": "b1", "kind": "amount", "asked_fen": 50_000}
    made = Order(
        id="pay-1", key="pay-1", amount_fen=50_000, to_suspense_fen=0, shares=(), state=OrderState.PENDING,
        gateway_reference="", failure_reason="", created_at=clock.now(), **fields,
    )  # fmt: skip
    with database.transaction() as conn:
        payment.add(conn, made, next_query_at=clock.now())
    return made.id


def hear(database: Database, clock: FrozenClock, *, paid_at: datetime, succeeded: bool = True) -> None:
    """The gateway's word about that payment, with the hook that keeps promises as wired."""
    told = PaymentCallback(id="cb", order_id="pay-1", succeeded=succeeded, amount_fen=50_000, paid_at=paid_at)
    settle_payment(database, callback=told, clock=clock, hooks=(_keep_promises(clock),))


def test_a_promise_is_not_decided_while_its_money_is_on_its_way(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, days=0)
    at(clock, "23:59")
    order(database, clock)
    paid_at = clock.now() + timedelta(seconds=20)
    at(clock, "00:01", days=1)
    assert settle(database, clock) == {}
    assert kept(database) == [("pending", 0)]
    hear(database, clock, paid_at=paid_at)
    assert kept(database) == [("kept", 50_000)]


def test_money_that_did_not_come_decides_the_promise_whose_day_is_over(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock, days=0)
    at(clock, "23:59")
    order(database, clock)
    at(clock, "00:01", days=1)
    settle(database, clock)
    hear(database, clock, paid_at=clock.now(), succeeded=False)
    assert kept(database) == [("broken", 0)]
    assert settle(database, clock) == {}


def test_money_that_did_not_come_before_the_day_is_over_decides_nothing(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    owe(sqlite_database, clock=clock)
    promise(sqlite_database, clock, days=1)
    order(sqlite_database, clock)
    hear(sqlite_database, clock, paid_at=clock.now(), succeeded=False)
    assert kept(sqlite_database) == [("pending", 0)]


@pytest.mark.parametrize(("succeeded", "older"), [(True, ("kept", 50_000)), (False, ("broken", 0))])
def test_a_new_promise_while_the_money_of_the_one_before_is_on_its_way(
    database: Database, clock: FrozenClock, succeeded: bool, older: tuple[str, int]
) -> None:
    """The one before is decided by what becomes of the money, and meanwhile it is one that was replaced."""
    owe(database, clock=clock)
    promise(database, clock, days=0)
    at(clock, "23:59")
    order(database, clock)
    paid_at = clock.now() + timedelta(seconds=20)
    at(clock, "00:01", days=1)
    settle(database, clock)
    promise(database, clock, key="k2")
    assert kept(database) == [("pending", 0), ("cancelled", 0)]
    assert settle(database, clock) == {}
    hear(database, clock, paid_at=paid_at, succeeded=succeeded)
    assert kept(database) == [("pending", 0), older]


def test_a_payment_begun_after_the_day_keeps_no_decision_waiting(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    promise(sqlite_database, clock, days=0)
    at(clock, "00:01", days=1)
    order(sqlite_database, clock)
    assert settle(sqlite_database, clock) == {"broken": 1}


@pytest.mark.parametrize(("paid", "state"), [("23:58", "kept"), ("00:01", "broken")])
def test_money_heard_of_after_the_decision_counts_from_when_it_was_paid(
    database: Database, clock: FrozenClock, paid: str, state: str
) -> None:
    """The order failed at first, so that the promise was decided; the money came all the same."""
    owe(database, clock=clock)
    promise(database, clock, days=0)
    at(clock, "10:05")
    order(database, clock)
    hear(database, clock, paid_at=clock.now(), succeeded=False)
    at(clock, "23:58")
    in_time = clock.now()
    at(clock, "00:01", days=1)
    assert settle(database, clock) == {"broken": 1}
    clock.instant += timedelta(minutes=1)
    hear(database, clock, paid_at=in_time if paid == "23:58" else clock.now())
    assert kept(database) == [(state, 50_000 if state == "kept" else 0)]


def test_money_from_before_the_promise_or_after_its_day_does_not_keep_it(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    owe(sqlite_database, clock=clock)
    pay(sqlite_database, clock=clock, amount_fen=10_000)
    clock.instant += timedelta(seconds=1)
    promise(sqlite_database, clock, fen=10_000, days=0)
    at(clock, "00:00", days=1)
    pay(sqlite_database, clock=clock, amount_fen=10_000)
    settle(sqlite_database, clock)
    assert kept(sqlite_database) == [("broken", 0)]


def test_after_a_broken_promise_the_debtor_is_asked_again(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    plan_now(database, clock)
    promise(database, clock, days=1)
    at(clock, "10:00", days=1)
    assert plan_now(database, clock) == 0
    at(clock, "10:00", days=1)
    settle(database, clock)
    assert plan_now(database, clock) == 1
    assert states(database) == ["cancelled", "planned"]


def test_a_new_promise_replaces_the_pending_one(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    promise(database, clock)
    clock.instant += timedelta(minutes=1)
    promise(database, clock, fen=30_000, key="k2")
    assert kept(database) == [("pending", 0), ("cancelled", 0)]


def test_a_new_promise_does_not_hide_that_the_last_one_was_broken(
    sqlite_database: Database, clock: FrozenClock
) -> None:
    owe(sqlite_database, clock=clock)
    promise(sqlite_database, clock)
    at(clock, "10:00", days=3)
    promise(sqlite_database, clock, key="k2")
    assert kept(sqlite_database) == [("pending", 0), ("broken", 0)]


def test_the_same_key_is_the_same_promise_and_never_another(database: Database, clock: FrozenClock) -> None:
    owe(database, clock=clock)
    made = promise(database, clock)
    assert promise(database, clock) == made
    with pytest.raises(KeyReused):
        promise(database, clock, fen=40_000)
    assert len(kept(database)) == 1


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"days": -1}, "date_in_past"), ({"days": 31}, "date_too_far"), ({"fen": 0}, "amount_not_positive"),
        ({"fen": -5}, "amount_not_positive"), ({"fen": 700_000}, "amount_too_large"),
    ],
)  # fmt: skip
def test_a_promise_out_of_bounds_is_refused_with_a_way_on(
    sqlite_database: Database, clock: FrozenClock, wish: dict[str, Any], code: str
) -> None:
    owe(sqlite_database, clock=clock)
    with pytest.raises(Refused) as refused:
        promise(sqlite_database, clock, **wish)
    assert refused.value.code == code
    assert "请" in refused.value.detail
    assert kept(sqlite_database) == []


def test_the_last_day_allowed_and_today_are_allowed(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock)
    assert promise(sqlite_database, clock, days=30).state == "pending"
    assert promise(sqlite_database, clock, days=0, key="k2").state == "pending"


def test_who_owes_nothing_or_is_unknown_promises_nothing(sqlite_database: Database, clock: FrozenClock) -> None:
    owe(sqlite_database, clock=clock, loans=0)
    with pytest.raises(Refused) as refused:
        promise(sqlite_database, clock)
    assert refused.value.code == "nothing_owed"
    with pytest.raises(NotFound):
        promise(sqlite_database, clock, who="nobody")

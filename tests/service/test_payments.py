"""Payments from the borrower's wish to the ledger, over HTTP between service, gateway client and sandbox."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.loan import receipt
from service.usecases.ports import FrozenClock
from tests.service.paying import BORROWER, CALLBACKS, TOKEN, World, lend, log_in, world
from tests.service.serving import eventually


@pytest.fixture
def paying(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with world(database, clock=clock, folder=tmp_path) as found:
        yield found


@pytest.fixture
def silent(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    """The gateway takes orders and says nothing of its own accord."""
    with world(database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


def test_a_payment_is_pending_then_called_back_then_posted_once(paying: World) -> None:
    started = paying.pay(kind="amount", amount_fen=20_000)
    assert started.status_code == 200
    assert (started.json()["state"], started.json()["amount_fen"]) == ("pending", 20_000)
    order_id = started.json()["order_id"]
    eventually(lambda: paying.state(order_id) == "succeeded")
    with paying.sandbox._database() as database:
        twice = "SELECT count(*) FROM payment WHERE heard = 2 AND next_at IS NULL"
        eventually(lambda: database.execute(twice).fetchone()[0] == 1)
    assert paying.posted() == [20_000]
    assert [(one.order.id, one.receipt is not None) for one in paying.told] == [(order_id, True)]
    assert paying.callbacks() == [("succeeded", "post")]


def test_the_bill_decides_the_amount_where_the_borrower_names_none(paying: World) -> None:
    order = paying.pay(kind="bill").json()
    assert order["amount_fen"] > 0
    eventually(lambda: paying.state(order["order_id"]) == "succeeded")
    assert paying.posted() == [order["amount_fen"]]
    assert paying.told[0].receipt is not None
    assert paying.told[0].receipt.still_overdue_fen == 0


def test_the_bank_may_refuse_and_nothing_is_posted(paying: World) -> None:
    order_id = paying.pay(kind="amount", amount_fen=20_013).json()["order_id"]
    eventually(lambda: paying.state(order_id) == "failed")
    assert paying.order(order_id)["failure_reason"] == "银行卡余额不足"
    assert paying.posted() == []
    assert [one.receipt for one in paying.told] == [None]
    assert paying.pay("second", kind="amount", amount_fen=20_000).status_code == 200


def test_an_answer_lost_on_the_way_back_leaves_the_order_pending_until_the_callback(paying: World) -> None:
    started = paying.pay(kind="amount", amount_fen=20_017)
    assert started.json()["state"] == "pending"
    eventually(lambda: paying.state(started.json()["order_id"]) == "succeeded")
    assert paying.posted() == [20_017]


def test_a_repeated_callback_gets_the_same_answer_and_posts_nothing(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    outcome = {"state": "succeeded", "amount_fen": 20_000, "paid_at": silent.clock.now().isoformat()}
    first = silent.tell(order_id, **outcome)
    entries = silent.journal()
    again = [silent.tell(order_id, **outcome) for _ in range(2)]
    assert first.status_code == 200
    assert [one.json() for one in again] == [first.json()] * 2
    assert (silent.posted(), silent.journal(), len(silent.told)) == ([20_000], entries, 1)


@pytest.mark.parametrize("days", [-20_000, -1, 1])
def test_a_gateway_whose_clock_is_wrong_dates_no_payment_before_its_order(silent: World, days: int) -> None:
    """Else money of today would have been there on the due date, and the days past due would never have been."""
    asked_at = silent.clock.now()
    order = silent.pay(kind="amount", amount_fen=20_000).json()
    taken_at = (asked_at + timedelta(days=days)).isoformat()
    told = silent.tell(order["order_id"], state="succeeded", amount_fen=20_000, paid_at=taken_at)
    assert told.status_code == 200
    with silent.database.reading() as conn:
        assert conn.execute(select(receipt.c.paid_at)).scalar_one() == asked_at


def test_callbacks_arriving_at_the_same_moment_post_once(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    answers: list[httpx.Response] = []

    def tell() -> None:
        answers.append(silent.tell(order_id, state="succeeded", amount_fen=20_000))

    threads = [threading.Thread(target=tell) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert (silent.posted(), len(silent.told)) == ([20_000], 1)


def test_a_success_after_a_failure_still_posts_and_a_failure_after_it_changes_nothing(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    silent.tell(order_id, state="failed", amount_fen=20_000, reason="银行系统繁忙")
    assert (silent.state(order_id), silent.posted()) == ("failed", [])
    silent.tell(order_id, state="succeeded", amount_fen=20_000)
    assert (silent.state(order_id), silent.posted()) == ("succeeded", [20_000])
    late = silent.tell(order_id, callback_id="cb-late", state="failed", amount_fen=20_000)
    assert late.status_code == 200
    assert (silent.state(order_id), silent.posted()) == ("succeeded", [20_000])
    assert silent.order(order_id)["failure_reason"] == ""
    assert [one.order.state for one in silent.told] == ["failed", "succeeded"]


def test_money_told_twice_for_two_orders_is_kept_in_full(silent: World) -> None:
    """The first order fails, the borrower pays again, and then the first one's money comes all the same."""
    bill = silent.pay("one", kind="bill").json()
    silent.tell(bill["order_id"], state="failed", amount_fen=bill["amount_fen"])
    again = silent.pay("two", kind="bill").json()
    assert again["amount_fen"] == bill["amount_fen"]
    for order in (again, bill):
        silent.tell(order["order_id"], state="succeeded", amount_fen=order["amount_fen"])
    assert silent.posted() == [bill["amount_fen"]] * 2
    for settlement in silent.told[1:]:
        paid = settlement.receipt
        assert paid is not None
        parts = (paid.fee_fen, paid.penalty_fen, paid.interest_fen, paid.principal_fen, paid.to_suspense_fen)
        assert sum(parts) == bill["amount_fen"]


@pytest.mark.parametrize("amount_fen", [10**12 + 1, 2**63, -(2**64)])
def test_a_callback_of_more_money_than_there_is_is_refused_though_it_is_signed(silent: World, amount_fen: int) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    told = silent.tell(order_id, state="succeeded", amount_fen=amount_fen)
    assert (told.status_code, told.json()["code"]) == (403, "not_the_gateway")
    assert (silent.state(order_id), silent.posted(), silent.callbacks()) == ("pending", [], [])


def test_a_forged_callback_is_refused_and_leaves_no_trace(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    forged = silent.tell(order_id, key="another key", state="succeeded", amount_fen=20_000)
    unsigned = httpx.post(silent.service + CALLBACKS, json={"order_id": order_id, "state": "succeeded"})
    assert (forged.status_code, forged.json()["code"]) == (403, "not_the_gateway")
    assert unsigned.status_code == 403
    assert (silent.state(order_id), silent.posted(), silent.callbacks()) == ("pending", [], [])


def test_an_old_signature_is_refused(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    outcome = {"state": "succeeded", "amount_fen": 20_000}
    assert silent.tell(order_id, seconds_ago=301, **outcome).status_code == 403
    assert silent.tell(order_id, seconds_ago=-301, **outcome).status_code == 403
    assert silent.tell(order_id, seconds_ago=300, **outcome).status_code == 200


@pytest.mark.parametrize("amount_fen", [19_999, 20_001, 0, -20_000])
def test_a_callback_with_another_amount_is_kept_for_a_person_and_not_posted(silent: World, amount_fen: int) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    refused = silent.tell(order_id, state="succeeded", amount_fen=amount_fen)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount_mismatch")
    assert (silent.state(order_id), silent.posted()) == ("pending", [])
    assert silent.callbacks() == [("succeeded", "mismatch")]


def test_a_callback_for_an_unknown_order_is_not_found(silent: World) -> None:
    assert silent.tell("pay-nobody", state="succeeded", amount_fen=1).status_code == 404


@pytest.mark.parametrize("amount", ["20000", 20_000.0, True, None])
def test_a_signed_callback_that_makes_no_sense_is_refused(silent: World, amount: object) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    assert silent.tell(order_id, state="succeeded", amount_fen=amount).status_code == 403
    assert silent.posted() == []


@pytest.mark.parametrize("odd", [{"paid_at": ""}, {"paid_at": 1}, {"callback_id": 7}, {"reason": None}])
def test_a_signed_callback_that_is_not_as_described_is_refused(silent: World, odd: dict[str, object]) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    assert silent.tell(order_id, **{"state": "succeeded", "amount_fen": 20_000} | odd).status_code == 403
    assert silent.posted() == []


def test_the_same_key_is_the_same_order_and_another_wish_under_it_is_refused(silent: World) -> None:
    first = silent.pay("k", kind="amount", amount_fen=20_000)
    assert silent.pay("k", kind="amount", amount_fen=20_000).json() == first.json()
    other = silent.pay("k", kind="amount", amount_fen=30_000)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    second = silent.pay("k2", kind="amount", amount_fen=20_000)
    assert (second.status_code, second.json()["code"]) == (422, "payment_pending")
    assert "200 元" in second.json()["detail"]


def test_two_wishes_at_the_same_moment_make_one_order(silent: World) -> None:
    answers: list[httpx.Response] = []

    def wish(key: str) -> None:
        answers.append(silent.pay(key, kind="amount", amount_fen=20_000))

    threads = [threading.Thread(target=wish, args=(key,)) for key in ("a", "a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    orders = {answer.json()["order_id"] for answer in answers if answer.status_code == 200}
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 200}
    assert (len(orders), refused - {"request_in_progress"}) == (1, {"payment_pending"})


@pytest.mark.parametrize("wish", [{"kind": "amount", "amount_fen": 0}, {"kind": "amount", "amount_fen": 10**11}])
def test_what_the_ledger_refuses_makes_no_order(silent: World, wish: dict[str, object]) -> None:
    assert silent.pay("k", **wish).status_code == 422
    assert silent.pay("k", kind="amount", amount_fen=20_000).status_code == 200


@pytest.mark.parametrize(
    "wish", [{}, {"kind": "half"}, {"kind": "amount", "amount_fen": 1.5}, {"kind": "amount", "amount_fen": "20000"}]
)
def test_a_wish_that_makes_no_sense_is_refused(silent: World, wish: dict[str, object]) -> None:
    assert silent.pay(**wish).status_code == 422


def test_a_conversation_sees_its_own_borrowers_orders_alone(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    other = lend(silent.database, clock=silent.clock, borrower_id="demo-overdue-20")
    url = f"{silent.service}/loan/conversations/{other}/payments/{order_id}"
    assert httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert httpx.get(url).status_code == 401


def test_after_the_log_in_has_run_out_nothing_can_be_started(silent: World) -> None:
    silent.clock.instant += timedelta(minutes=31)
    refused = silent.pay(kind="amount", amount_fen=20_000)
    assert (refused.status_code, refused.json()["code"]) == (401, "identity_required")
    log_in(silent.database, BORROWER, now=silent.clock.now())
    assert silent.pay(kind="amount", amount_fen=20_000).status_code == 200


def order_id_of(key: str) -> str:
    return "pay-" + hashlib.sha256(key.encode()).hexdigest()[:32]

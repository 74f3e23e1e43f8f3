"""Payments from the borrower's wish to the ledger, over HTTP between service, gateway client and sandbox."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Response
from sqlalchemy import Connection

from service.db.engine import Database
from service.domain.days import SHANGHAI, business_date
from service.domain.loan.payment_order import PaymentCallback
from service.payments.gateway import HttpGateway
from service.usecases.loan.close_day import close_day
from service.usecases.loan.payoff import payoff
from service.usecases.loan.reconcile_payments import reconcile_payments
from service.usecases.loan.settle_payment import Settlement, settle_payment
from service.usecases.loan.start_payment import ASKS_FOR_AT_MOST
from service.usecases.ports import FrozenClock
from tests.service.paying import BORROWER, CALLBACKS, KEY, TOKEN, World, lend, log_in, sandbox_at, world
from tests.service.serving import eventually, free_port, serving


@pytest.fixture
def paying(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with world(database, clock=clock, folder=tmp_path) as found:
        yield found


@pytest.fixture
def silent(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    """The gateway takes orders and says nothing of its own accord."""
    with world(database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


def reconcile(at: World, *, later: timedelta = timedelta(seconds=6)) -> int:
    at.clock.instant += later
    hooks = (lambda _conn, settlement: at.told.append(settlement),)
    return reconcile_payments(at.database, gateway=at.gateway, clock=at.clock, hooks=hooks)


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


def test_an_order_the_gateway_never_answered_for_is_asked_about_and_posted(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_017).json()["order_id"]
    assert reconcile(silent) == 0, "the gateway has it and has not decided"
    silent.sandbox.callback_url = f"http://127.0.0.1:{free_port()}/nobody"
    silent.sandbox.start()
    eventually(lambda: silent.gateway.query(order_id=order_id).state == "succeeded")
    assert silent.state(order_id) == "pending"
    assert reconcile(silent) == 1
    assert (silent.state(order_id), silent.posted(), len(silent.told)) == ("succeeded", [20_017], 1)
    assert reconcile(silent) == 0


def test_an_order_that_never_reached_the_gateway_fails_after_a_minute(silent: World) -> None:
    nowhere = HttpGateway(base_url=f"http://127.0.0.1:{free_port()}", key=KEY, clock=silent.clock)
    silent.gateway.base_url, reachable = nowhere.base_url, silent.gateway.base_url
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    assert silent.state(order_id) == "pending"
    assert reconcile(silent) == 0, "still out of reach"
    silent.gateway.base_url = reachable
    assert reconcile(silent) == 0, "it may still be on its way"
    assert reconcile(silent, later=timedelta(seconds=60)) == 1
    assert silent.state(order_id) == "failed"
    assert "没有扣款" in silent.order(order_id)["failure_reason"]


def test_an_order_kept_before_a_crash_is_asked_for_again_with_the_same_key(silent: World) -> None:
    order = silent.pay("k", kind="amount", amount_fen=20_000).json()
    with silent.database.transaction() as conn:
        conn.exec_driver_sql("UPDATE payment_order SET state = 'created', gateway_reference = ''")
    with silent.sandbox._database() as database:
        database.execute("DELETE FROM payment")
    too_soon = silent.pay("k", kind="amount", amount_fen=20_000)
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "request_in_progress")
    silent.clock.instant += ASKS_FOR_AT_MOST
    assert silent.pay("k", kind="amount", amount_fen=20_000).json() == order
    assert silent.gateway.query(order_id=order["order_id"]).state == "pending"


def test_a_hook_that_fails_leaves_nothing_half_done_and_the_next_callback_posts(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]

    def broken(_conn: Connection, _settlement: Settlement) -> None:
        raise RuntimeError("a hook broke")

    told = PaymentCallback(id="cb", order_id=order_id, succeeded=True, amount_fen=20_000)
    with pytest.raises(RuntimeError, match="a hook broke"):
        settle_payment(silent.database, callback=told, clock=silent.clock, hooks=(broken,))
    assert (silent.state(order_id), silent.posted(), silent.callbacks()) == ("pending", [], [])
    assert silent.tell(order_id, state="succeeded", amount_fen=20_000).status_code == 200
    assert silent.posted() == [20_000]


def test_a_gateway_that_was_killed_delivers_its_callback_after_the_restart(silent: World, tmp_path: Path) -> None:
    """Nothing of the first sandbox is alive but its file; the second is a new one on that file."""
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    risen = sandbox_at(tmp_path / "pay.db", clock=silent.clock, callback_url=silent.sandbox.callback_url)
    risen.start()
    eventually(lambda: silent.state(order_id) == "succeeded")
    risen.stop()
    assert silent.posted() == [20_000]


def test_the_gateway_calls_back_until_it_is_heard(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    right, silent.sandbox.callback_url = silent.sandbox.callback_url, f"http://127.0.0.1:{free_port()}/nobody"
    silent.sandbox.start()
    with silent.sandbox._database() as database:
        eventually(lambda: database.execute("SELECT tries FROM payment").fetchone()[0] >= 2)
    assert silent.state(order_id) == "pending"
    silent.sandbox.callback_url = right
    eventually(lambda: silent.state(order_id) == "succeeded")


@pytest.mark.parametrize("status", [408, 409, 429])
def test_what_is_no_certain_refusal_leaves_the_order_to_be_asked_about(silent: World, status: int) -> None:
    with saying(status) as url:
        silent.gateway.base_url, right = url, silent.gateway.base_url
        order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
        silent.gateway.base_url = right
    assert (silent.state(order_id), silent.told) == ("pending", [])
    assert silent.tell(order_id, state="succeeded", amount_fen=20_000).status_code == 200
    assert silent.posted() == [20_000]


def test_a_refusal_at_once_is_an_outcome_like_any_other_and_told(silent: World) -> None:
    with saying(422) as url:
        silent.gateway.base_url, right = url, silent.gateway.base_url
        order = silent.pay(kind="amount", amount_fen=20_000).json()
        silent.gateway.base_url = right
    assert (order["state"], silent.state(order["order_id"])) == ("failed", "failed")
    assert "重新发起" in order["failure_reason"]
    assert [(one.order.state, one.receipt) for one in silent.told] == [("failed", None)]
    assert silent.pay(kind="amount", amount_fen=20_000).json() == order, "the same key is the same order"
    assert len(silent.told) == 1
    assert silent.callbacks() == [("failed", "fail")]
    assert silent.pay("second", kind="amount", amount_fen=20_000).json()["state"] == "pending"


def test_a_mismatch_is_told_to_the_hooks_once_however_often_the_gateway_says_it(silent: World) -> None:
    order_id = silent.pay(kind="amount", amount_fen=20_000).json()["order_id"]
    for callback_id in ("one", "one", "two"):
        refused = silent.tell(order_id, callback_id=callback_id, state="succeeded", amount_fen=19_999)
        assert refused.json()["code"] == "amount_mismatch"
    assert [(one.mismatch_fen, one.receipt) for one in silent.told] == [(19_999, None)]


@pytest.mark.parametrize(("late", "settled"), [(timedelta(seconds=3), True), (timedelta(hours=2), False)])
def test_everything_settled_before_midnight_is_settled_though_the_money_is_taken_after_it(
    silent: World, late: timedelta, settled: bool
) -> None:
    silent.clock.instant = datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI)
    log_in(silent.database, BORROWER, now=silent.clock.now())
    order = silent.pay(kind="all").json()
    silent.clock.instant += timedelta(seconds=2)
    close_day(silent.database, business_date=business_date(silent.clock.now()), clock=silent.clock)
    silent.clock.instant += late
    taken_at = silent.clock.now().isoformat()
    silent.tell(order["order_id"], state="succeeded", amount_fen=order["amount_fen"], paid_at=taken_at)
    (told,) = silent.told
    assert told.receipt is not None
    assert bool(told.receipt.loans) is settled
    with silent.database.reading() as conn:
        left = payoff(conn, borrower_id=BORROWER, today=business_date(silent.clock.now()))
    assert (left.total_fen == 0) is settled


def order_id_of(key: str) -> str:
    return "pay-" + hashlib.sha256(key.encode()).hexdigest()[:32]


@contextmanager
def saying(status: int) -> Iterator[str]:
    """A gateway that answers every order with `status`."""
    app = FastAPI()

    @app.post("/orders")
    def refuse() -> Response:
        return Response(status_code=status)

    with serving(app) as url:
        yield url


def test_the_gateway_takes_no_unsigned_order(silent: World) -> None:
    stranger = HttpGateway(base_url=silent.gateway.base_url, key="another key", clock=silent.clock)
    assert stranger.create(order_id="pay-x", borrower_id="b", amount_fen=1).state == "failed"
    assert silent.gateway.query(order_id="pay-x").state == "unknown"

"""Payments whose answer was lost, late or strange: asked about, posted once, told once."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from sqlalchemy import Connection

from service.domain.days import SHANGHAI, business_date
from service.domain.loan.payment_order import PaymentCallback
from service.payments.gateway import HttpGateway
from service.usecases.loan.close_day import close_day
from service.usecases.loan.payoff import payoff
from service.usecases.loan.reconcile_payments import reconcile_payments
from service.usecases.loan.settle_payment import Settlement, settle_payment
from service.usecases.loan.start_payment import ASKS_FOR_AT_MOST
from tests.ports import free_port
from tests.service.paying import BORROWER, KEY, World, log_in, sandbox_at
from tests.service.serving import eventually, serving
from tests.service.test_payments import silent  # noqa: F401  fixtures


def reconcile(at: World, *, later: timedelta = timedelta(seconds=6)) -> int:
    at.clock.instant += later
    hooks = (lambda _conn, settlement: at.told.append(settlement),)
    return reconcile_payments(at.database, gateway=at.gateway, clock=at.clock, hooks=hooks)


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

"""The same wish to pay, sent again while the first one still asks the gateway, after it, and by many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.db.engine import Database
from service.payments.gateway import HttpGateway
from service.usecases.loan.post_event import locked_book
from service.usecases.loan.start_payment import ASKS_FOR_AT_MOST
from service.usecases.ports import FrozenClock
from tests.service.loan.ledger import somebody_waits_for
from tests.service.paying import BORROWER, World, lend, world
from tests.service.serving import eventually

KEY = "conversation:message:repay"
WISH = {"kind": "amount", "amount_fen": 20_000}


@pytest.fixture
def paying(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with world(database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


@pytest.fixture
def on_postgres(postgres_database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with world(postgres_database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


@dataclass
class Gate:
    """Holds every request to the gateway until it is opened."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made, ask = Gate(), HttpGateway.create

    def held(self: HttpGateway, **order: Any) -> Any:
        made.reached.set()
        assert made.opened.wait(timeout=10)
        return ask(self, **order)

    monkeypatch.setattr(HttpGateway, "create", held)
    return made


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_while_the_gateway_is_being_asked_the_same_request_is_in_progress_and_later_has_the_same_answer(
    paying: World, gate: Gate
) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(paying.pay, KEY, **WISH)
        assert gate.reached.wait(timeout=10)
        second = paying.pay(KEY, **WISH)
        assert code(second) == (409, "request_in_progress")
        assert second.headers["Retry-After"] == "1"
        assert second.headers["Content-Type"] == "application/problem+json"
        assert "200 元" in second.json()["detail"]
        assert code(paying.pay(KEY, kind="bill")) == (422, "idempotency_key_reused")
        assert code(paying.pay("another key", **WISH)) == (422, "payment_pending")
        gate.opened.set()
        answer = first.result()
    assert answer.status_code == 200
    assert paying.pay(KEY, **WISH).json() == answer.json()
    assert len(paying.orders()) == 1


def test_an_order_left_by_a_crash_is_asked_for_again_once_nobody_can_be_asking_any_more(
    paying: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashing:

        def dies(_: HttpGateway, **__: Any) -> None:
            raise SystemError("killed")

        crashing.setattr(HttpGateway, "create", dies)
        assert paying.pay(KEY, **WISH).status_code == 500
    assert code(paying.pay(KEY, **WISH)) == (409, "request_in_progress")
    paying.clock.instant += ASKS_FOR_AT_MOST
    answer = paying.pay(KEY, **WISH)
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    assert paying.gateway.query(order_id=answer.json()["order_id"]).state == "pending"
    assert len(paying.orders()) == 1


@pytest.mark.parametrize("round_no", range(3))
def test_many_first_requests_at_the_same_moment_make_one_order(paying: World, round_no: int) -> None:
    at_once = 8
    start = threading.Barrier(at_once)

    def ask(_: int) -> httpx.Response:
        start.wait(timeout=10)
        return paying.pay(f"{KEY}{round_no}", **WISH)

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(ask, range(at_once)))
    done = [answer.json() for answer in answers if answer.status_code == 200]
    others = {code(answer) for answer in answers if answer.status_code != 200}
    assert done
    assert others <= {(409, "request_in_progress")}
    assert {answer["order_id"] for answer in done} == set(paying.orders())
    assert len(paying.orders()) == 1
    with paying.sandbox._database() as bank:
        assert bank.execute("SELECT count(*) FROM payment").fetchone()[0] == 1


def test_while_the_first_is_not_even_kept_the_same_request_is_in_progress(on_postgres: World) -> None:
    """Another payment of the borrower is being posted, so that the first request waits for his row."""
    paying = on_postgres
    with ThreadPoolExecutor(1) as pool:
        with paying.database.transaction() as conn:
            locked_book(conn, BORROWER)
            first = pool.submit(paying.pay, KEY, **WISH)
            eventually(lambda: somebody_waits_for(conn, paying.database))
            assert code(paying.pay(KEY, **WISH)) == (409, "request_in_progress")
            assert code(paying.pay(KEY, kind="bill")) == (409, "request_in_progress")
        answer = first.result()
    assert answer.status_code == 200, answer.text
    assert paying.pay(KEY, **WISH).json() == answer.json()
    assert code(paying.pay(KEY, kind="bill")) == (422, "idempotency_key_reused")
    assert paying.orders() == [answer.json()["order_id"]]


def at_once(asks: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    start = threading.Barrier(len(asks))

    def ask(one: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait(timeout=10)
        return one()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(ask, asks))


def test_two_wishes_under_one_key_at_the_same_moment_make_one_order(paying: World) -> None:
    wishes = [{"kind": "amount", "amount_fen": 20_000 + number} for number in range(6)]
    answers = at_once([partial(paying.pay, KEY, **wish) for wish in wishes])
    (done,) = [answer.json() for answer in answers if answer.status_code == 200]
    others = {code(answer) for answer in answers if answer.status_code != 200}
    assert others <= {(409, "request_in_progress"), (422, "idempotency_key_reused")}
    assert paying.orders() == [done["order_id"]]
    for wish, answer in zip(wishes, answers, strict=True):  # later, each of them is told which one it was
        again = paying.pay(KEY, **wish)
        if answer.status_code == 200:
            assert again.json() == done
        else:
            assert code(again) == (422, "idempotency_key_reused")


def test_one_key_of_two_borrowers_at_the_same_moment_is_one_order_of_one_of_them(paying: World) -> None:
    other = lend(paying.database, clock=paying.clock, borrower_id="demo-other")
    answers = at_once([partial(paying.pay, KEY, conversation, **WISH) for conversation in (other, "") * 3])
    done = {answer.json()["order_id"] for answer in answers if answer.status_code == 200}
    assert [*done] == paying.orders()
    others = {code(answer) for answer in answers if answer.status_code != 200}
    assert others <= {(409, "request_in_progress"), (422, "idempotency_key_reused")}
    whose = [code(paying.pay(KEY, one, **WISH)) for one in (other, "") if paying.pay(KEY, one, **WISH).is_error]
    assert whose == [(422, "idempotency_key_reused")]

"""The gateway tells of a new card: its own word alone counts, twice is once, and no card has two owners."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.db.engine import Database
from service.payments.signing import HEADER, signature
from service.usecases.loan.autopay import autopay_now
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock
from tests.service.paying import BORROWER, KEY, World, world

CARDS = "/loan/payment-cards"
CARD = {"borrower_id": BORROWER, "bank_name": "演示银行", "last_four": "0009", "token": "tok-9"}


@pytest.fixture
def paying(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    with world(database, clock=clock, folder=tmp_path, running=False) as found:
        yield found


def tell(paying: World, *, key: str = KEY, **more: Any) -> httpx.Response:
    body = json.dumps(CARD | more).encode()
    at = int(paying.clock.now().timestamp())
    signed = signature(key=key, timestamp=at, method="POST", path=CARDS, body=body)
    return httpx.post(paying.service + CARDS, content=body, headers={HEADER: signed}, timeout=15)


def kept(paying: World) -> list[str]:
    with paying.database.reading() as conn:
        today = paying.clock.now().date()
        return [one.last_four for one in autopay_now(conn, borrower_id=BORROWER, today=today).cards]


def test_a_card_told_of_twice_is_one_card(paying: World) -> None:
    first, second = tell(paying), tell(paying)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json().keys() == {"card_id", "bank_name", "last_four"}
    assert kept(paying) == ["0009"]


@pytest.mark.parametrize("wrong", [{"key": "another"}, {"last_four": "6222020000001234"}, {"token": ""}])
def test_what_the_gateway_did_not_say_so_is_refused(paying: World, wrong: dict[str, Any]) -> None:
    answer = tell(paying, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_the_gateway")
    assert kept(paying) == []


def test_a_card_has_one_owner_who_is_known(paying: World) -> None:
    assert tell(paying).status_code == 201
    with paying.database.transaction() as conn:
        register_borrower(conn, borrower_id="b-2", name="云小满", phone="19900000001", now=paying.clock.now())
    other = tell(paying, borrower_id="b-2")
    assert (other.status_code, other.json()["code"]) == (422, "card_of_another")
    assert tell(paying, borrower_id="nobody", token="t").json()["code"] == "borrower_unknown"

"""The client tells answers, refusals, strangers and outages apart, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from actions.service_client import NotLoggedIn, Refused, Service, ServiceDown, forget_client
from tests.actions.small_service import TOKEN, World, serving, small_service


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    with serving(small_service(made)) as url:
        monkeypatch.setenv("XIAOQING_SERVICE_URL", url)
        monkeypatch.setenv("XIAOQING_SERVICE_TOKEN", TOKEN)
        forget_client()
        yield made
    forget_client()


def service(conversation_id: str = "c1", message_id: str = "m1") -> Service:
    return Service(conversation_id=conversation_id, message_id=message_id)


def test_an_answer_is_the_services_json(world: World) -> None:
    assert asyncio.run(service().bill())["minimum_fen"] == 53993


def test_a_conversation_of_nobody_is_not_logged_in(world: World) -> None:
    with pytest.raises(NotLoggedIn):
        asyncio.run(service("visitor-1").limit())


def test_a_wrong_token_of_ours_is_an_outage_and_not_the_borrowers_fault(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOQING_SERVICE_TOKEN", "wrong")
    forget_client()
    with pytest.raises(ServiceDown):
        asyncio.run(service().limit())


def test_a_refusal_keeps_its_code_and_its_words(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        asyncio.run(service().payment_plan(kind="amount", amount_fen=10**9))
    assert refusal.value.code == "amount_too_large"
    assert "请改一个小一点的金额" in refusal.value.detail


@pytest.mark.parametrize("conversation_id", ["down-1", "slow-1"])
def test_an_error_and_a_silence_are_outages(world: World, conversation_id: str) -> None:
    with pytest.raises(ServiceDown):
        asyncio.run(service(conversation_id).limit())


def test_nobody_listening_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOQING_SERVICE_URL", "http://127.0.0.1:9")
    forget_client()
    with pytest.raises(ServiceDown):
        asyncio.run(service().limit())
    forget_client()


def test_the_same_message_pays_once_and_another_message_pays_again(world: World) -> None:
    first = asyncio.run(service().pay(kind="amount", amount_fen=50000))
    again = asyncio.run(service().pay(kind="amount", amount_fen=50000))
    assert first["order_id"] == again["order_id"]
    asyncio.run(service(message_id="m2").pay(kind="amount", amount_fen=50000))
    assert list(world.effects) == ["c1:m1:repay", "c1:m2:repay"]


def test_a_conversation_id_cannot_reach_another_path(world: World) -> None:
    with pytest.raises((Refused, ServiceDown)):
        asyncio.run(service("x/../c1").limit())

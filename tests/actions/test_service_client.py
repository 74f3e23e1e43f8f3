"""The client tells answers, refusals, strangers and outages apart, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from actions import service_client
from actions.service_client import (
    ASKED_AT_MOST,
    IN_PROGRESS,
    PAY_SECONDS,
    NotLoggedIn,
    Order,
    Refused,
    Service,
    ServiceDown,
    forget_client,
)
from service.payments import gateway
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
        asyncio.run(service().make_quote(kind="amount", amount_fen=10**9))
    assert refusal.value.code == "amount_too_large"
    assert "请改一个小一点的金额" in refusal.value.detail


@pytest.mark.parametrize("conversation_id", ["down-1", "slow-1"])
def test_an_error_and_a_silence_are_outages(world: World, conversation_id: str) -> None:
    with pytest.raises(ServiceDown):
        asyncio.run(service(conversation_id).limit())


@pytest.mark.parametrize("told", [httpx.Response(500), httpx.Response(503, json={"code": "unavailable"})])
def test_what_is_told_of_an_outage_has_none_of_the_borrowers_words(
    monkeypatch: pytest.MonkeyPatch, told: httpx.Response
) -> None:
    broken = httpx.Client(base_url="http://127.0.0.1:9", transport=httpx.MockTransport(lambda _: told))
    monkeypatch.setattr(service_client, "_client", lambda: broken)
    with pytest.raises(ServiceDown) as down:
        asyncio.run(service().clause(text="sesame", intent="documents"))
    assert "GET /knowledge/answer" in str(down.value)
    assert "sesame" not in str(down.value)


def test_nobody_listening_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOQING_SERVICE_URL", "http://127.0.0.1:9")
    forget_client()
    with pytest.raises(ServiceDown):
        asyncio.run(service().limit())
    forget_client()


def test_the_same_message_pays_once_and_another_message_pays_again(world: World) -> None:
    quote_id = asyncio.run(service().make_quote(kind="amount", amount_fen=50000))["quote_id"]
    first = asyncio.run(service().pay(quote_id=quote_id))
    again = asyncio.run(service().pay(quote_id=quote_id))
    assert first["order_id"] == again["order_id"]
    asyncio.run(service(message_id="m2").pay(quote_id=quote_id))
    assert list(world.effects) == ["c1:m1:repay", "c1:m2:repay"]


def test_the_same_question_is_the_same_quote_and_a_number_that_is_none_is_a_refusal(world: World) -> None:
    made = [asyncio.run(service(message_id=one).make_quote(kind="all")) for one in ("m1", "m2")]
    assert made[0] == made[1] == asyncio.run(service().quote_of(made[0]["quote_id"]))
    with pytest.raises(Refused, match="quote_unknown"):
        asyncio.run(service().quote_of("Q20261123-0"))
    assert world.effects == {}


def test_a_payment_is_given_the_time_that_the_gateway_is_given(world: World) -> None:
    """A second more than any question: else the bot would hear of an outage while the order is being made."""
    assert PAY_SECONDS > gateway.TIMEOUT_SECONDS + gateway.CONNECT_SECONDS
    made = asyncio.run(service().make_quote(kind="bill"))
    assert asyncio.run(service("slow-pay").pay(quote_id=made["quote_id"]))["state"] == "pending"


def test_a_payment_that_is_known_is_answered_though_the_figure_has_changed(world: World) -> None:
    made = asyncio.run(service().make_quote(kind="bill"))
    first = asyncio.run(service().pay(quote_id=made["quote_id"]))
    world.bill_fen += 8
    assert asyncio.run(service().pay(quote_id=made["quote_id"])) == first
    with pytest.raises(Refused, match="quote_changed"):
        asyncio.run(service(message_id="m2").pay(quote_id=made["quote_id"]))


async def pay_the_bill() -> Order:
    made = await service().make_quote(kind="bill")
    return await service().pay(quote_id=made["quote_id"])


def test_a_payment_whose_first_try_is_still_being_worked_on_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_client, "PAUSE_SECONDS", 0.01)
    world.in_progress = ASKED_AT_MOST - 1
    assert asyncio.run(pay_the_bill())["state"] == "pending"
    assert list(world.effects) == ["c1:m1:repay"]


def test_a_payment_that_stays_in_progress_says_so_and_is_no_outage(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_client, "PAUSE_SECONDS", 0.01)
    world.in_progress = ASKED_AT_MOST
    with pytest.raises(Refused) as refusal:
        asyncio.run(pay_the_bill())
    assert refusal.value.code == IN_PROGRESS
    assert "不要重复付款" in refusal.value.detail


def test_any_other_conflict_is_refused_at_once(world: World) -> None:
    world.refuse_next = ("payment_pending", "您有一笔还款正在处理中。")
    with pytest.raises(Refused) as refusal:
        asyncio.run(pay_the_bill())
    assert (refusal.value.code, world.refuse_next) == ("payment_pending", None)


def test_a_conversation_id_cannot_reach_another_path(world: World) -> None:
    with pytest.raises((Refused, ServiceDown)):
        asyncio.run(service("x/../c1").limit())

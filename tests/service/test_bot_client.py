"""How the bot is asked, and that whatever it does wrong is only ever 'not available'."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from service.channels.bot import HttpUnderstander, in_order
from service.domain.errors import Unavailable
from tests.ports import free_port
from tests.service.serving import serving

GOOD = (
    '{"replies":[{"text":"您好","buttons":[{"title":"查账单","payload":"/query_bill"}],"card":{"kind":"bill"}},'
    '{"text":"再见","buttons":[],"card":null}],"understood":{"intent":"greet","confidence":1,"ranking":'
    '[{"name":"greet","confidence":0.9}],"entities":[{"entity":"amount","value":50000}]}}'
)


@pytest.fixture
def bot() -> Iterator[Any]:
    """A server that answers as told and keeps what it was asked."""
    app = FastAPI()
    app.state.status, app.state.body, app.state.asked = 200, GOOD, []

    @app.post("/webhooks/xiaoqing/turn")
    async def turn(request: Request) -> Response:
        app.state.asked.append((request.headers["authorization"], await request.json()))
        return Response(app.state.body, status_code=app.state.status, media_type="application/json")

    with serving(app) as url:
        app.state.url = url
        yield app.state


def ask(url: str) -> Any:
    understander = HttpUnderstander(base_urls=[url], token="bot-token", timeout=httpx.Timeout(2.0))
    try:
        return understander.understand(conversation_id="c1", message_id="m1", text="你好", context={"verified": True})
    finally:
        understander.close()


def test_the_bot_is_asked_with_its_token_and_answers_in_values(bot: Any) -> None:
    understanding = ask(bot.url)
    body = {"conversation_id": "c1", "message_id": "m1", "text": "你好", "context": {"verified": True}}
    assert bot.asked == [("Bearer bot-token", body)]
    first, second = understanding.replies
    assert (first.text, first.buttons) == ("您好", ({"title": "查账单", "payload": "/query_bill"},))
    assert (first.card, second.card) == ({"kind": "bill"}, None)
    assert (understanding.intent, understanding.entities) == ("greet", ({"entity": "amount", "value": 50000},))


@pytest.mark.parametrize("status", [401, 404, 422, 500, 503, 302])
def test_every_other_answer_means_ask_again(bot: Any, status: int) -> None:
    bot.status = status
    with pytest.raises(Unavailable, match=str(status)):
        ask(bot.url)


@pytest.mark.parametrize("body", ["", "not json", "null", "[]", "{}", '{"replies":5,"understood":{}}', GOOD[:-1]])
def test_an_answer_that_was_not_agreed_means_ask_again(bot: Any, body: str) -> None:
    bot.body = body
    with pytest.raises(Unavailable):
        ask(bot.url)


def test_nobody_there_means_ask_again() -> None:
    with pytest.raises(Unavailable, match="ConnectError"):
        ask(f"http://127.0.0.1:{free_port()}")


BOTS = [f"http://127.0.0.1:{port}" for port in range(5005, 5009)]


def test_each_conversation_has_one_bot_and_a_bot_more_takes_only_its_own() -> None:
    talks = [f"conversation-{n}" for n in range(4000)]
    shares = Counter(in_order(BOTS, talk)[0] for talk in talks)
    assert all(800 < shares[bot] < 1200 for bot in BOTS)
    assert [in_order(list(reversed(BOTS)), talk) for talk in talks] == [in_order(BOTS, talk) for talk in talks]
    added = "http://127.0.0.1:5009"
    moved = {
        in_order([*BOTS, added], talk)[0]
        for talk in talks
        if in_order([*BOTS, added], talk)[0] not in in_order(BOTS, talk)[0]
    }
    assert moved == {added}


def test_a_bot_that_is_not_there_is_passed_over_for_the_next(bot: Any) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    understander = HttpUnderstander(base_urls=[gone, bot.url], token="bot-token", timeout=httpx.Timeout(2.0))
    for n in range(8):
        understander.understand(conversation_id=f"c{n}", message_id="m", text="你好", context={})
    understander.close()
    assert len(bot.asked) == 8


def test_a_bot_that_failed_is_not_passed_over_for_it_may_have_begun(bot: Any) -> None:
    bot.status = 503
    understander = HttpUnderstander(base_urls=[bot.url, bot.url + "/"], token="bot-token", timeout=httpx.Timeout(2.0))
    with pytest.raises(Unavailable):
        understander.understand(conversation_id="c1", message_id="m1", text="你好", context={})
    understander.close()
    assert len(bot.asked) == 1

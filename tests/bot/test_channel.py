"""The channel's contract with the service, with a bot that is really trained and really asks its actions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from rasa.core.processor import MAX_NUMBER_OF_PREDICTIONS
from sqlalchemy.exc import OperationalError

from actions.__main__ import app
from actions.service_client import PAY_SECONDS
from bot import remote_action
from bot.__main__ import LOCK_SECONDS
from bot.tracker_store import MOST_TURNS
from tests.bot import tiny_bot

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = f"""
pipeline:
  - name: bot.components.jieba_tokenizer.TermTokenizer
    dictionary: {ROOT / "data/jieba/terms.txt"}
  - name: bot.components.intent_classifier.LinearIntentClassifier
  - name: bot.components.value_extractor.ValueExtractor
  - name: bot.components.crisis_guard.CrisisGuard
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_bot.train(tmp_path_factory.mktemp("tiny"), pipeline=PIPELINE)


@pytest.fixture(scope="module")
def running(model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tiny_bot.Bot]:
    with tiny_bot.serve_actions() as actions:
        yield tiny_bot.load(model, folder=tmp_path_factory.mktemp("store"), actions=actions)


@pytest.fixture
def bot(running: tiny_bot.Bot) -> tiny_bot.Bot:
    running.actions.status, running.actions.seconds, running.actions.responses = 200, 0.0, None
    running.actions.asked.clear()
    return running


def test_a_turn_is_answered_with_replies_and_what_was_understood(bot: tiny_bot.Bot) -> None:
    status, body = bot.turn("greet-1", "你好")
    assert status == 200
    assert body["replies"] == [
        {"text": "您好，我是小清。", "buttons": [{"title": "查账单", "payload": "/query_bill"}], "card": None}
    ]
    assert body["understood"]["intent"] == "greeting_chitchat"
    assert 0 < body["understood"]["confidence"] <= 1
    assert {guess["name"] for guess in body["understood"]["ranking"]} == {"greeting_chitchat", "query_bill", "crisis"}


def test_a_card_comes_with_its_text(bot: tiny_bot.Bot) -> None:
    _, body = bot.turn("bill-1", "查账单")
    assert body["replies"] == [
        {"text": "本期应还 500.00 元。", "buttons": [], "card": {"kind": "bill", "bill_fen": 50_000}}
    ]


def test_the_action_is_told_the_context_and_the_message_id(bot: tiny_bot.Bot) -> None:
    bot.turn("bill-ctx", "查账单", conversation_id="ctx")
    heard = bot.actions.asked[0]["tracker"]["latest_message"]
    assert bot.actions.asked[0]["sender_id"] == "ctx"
    assert heard["metadata"] == {
        "today": "2026-11-23",
        "verified": True,
        "channel": "inapp",
        "message_id": "bill-ctx",
    }


def test_the_action_is_told_neither_the_domain_nor_the_guesses_of_earlier_turns(bot: tiny_bot.Bot) -> None:
    for number in range(2):
        bot.turn(f"lean-{number}", "查账单", conversation_id="lean")
    told = bot.actions.asked[-1]
    assert set(told) == {"next_action", "sender_id", "tracker", "version"}
    assert told["tracker"]["latest_message"]["intent_ranking"]
    heard = [event for event in told["tracker"]["events"] if event["event"] == "user"]
    said = [event for event in told["tracker"]["events"] if event["event"] == "bot"]
    assert [event["parse_data"].keys() for event in heard] == [{"intent"}] * 2
    assert [event["data"].keys() for event in said] == [{"buttons"}]
    kept = bot.store.turn("lean", "lean-0")
    assert kept[0]["parse_data"]["intent_ranking"]  # what is kept is whole
    assert any(event.get("data", {}).get("custom") for event in kept)


def test_actions_are_asked_over_one_line(bot: tiny_bot.Bot) -> None:
    bot.turn("line-0", "查账单", conversation_id="line")
    before = bot.actions.lines
    for number in range(1, 4):
        bot.turn(f"line-{number}", "查账单", conversation_id="line")
    assert bot.actions.lines == before


def test_the_action_server_keeps_an_idle_line_longer_than_the_bot() -> None:
    async def kept_by_the_bot() -> float:
        async with aiohttp.ClientSession() as session:
            return float(session.connector._keepalive_timeout)  # type: ignore[union-attr]

    assert asyncio.run(kept_by_the_bot()) < app("token").config.KEEP_ALIVE_TIMEOUT


def test_days_are_read_from_the_day_the_service_says(bot: tiny_bot.Bot) -> None:
    _, body = bot.turn("date-1", "明天还五百 查账单")
    assert {e["entity"]: e["value"] for e in body["understood"]["entities"]} == {"amount": 50_000, "date": "2026-11-24"}


def test_a_button_payload_is_an_intent(bot: tiny_bot.Bot) -> None:
    status, body = bot.turn("button-1", "/query_bill")
    assert status == 200
    assert body["understood"]["intent"] == "query_bill"


def test_the_same_message_id_gets_the_same_answer_and_runs_nothing(bot: tiny_bot.Bot) -> None:
    first = bot.turn("twice", "查账单", conversation_id="replay")
    bot.turn("between", "你好", conversation_id="replay")
    again = bot.turn("twice", "查账单", conversation_id="replay")
    assert again == first
    assert len(bot.actions.asked) == 1


def test_a_failed_action_is_a_503_that_leaves_no_trace(bot: tiny_bot.Bot) -> None:
    bot.actions.status = 500
    status, _ = bot.turn("fails", "查账单", conversation_id="failing")
    assert status == 503
    assert bot.store.turn("failing", "fails") is None
    bot.actions.status = 200
    status, body = bot.turn("fails", "查账单", conversation_id="failing")
    assert status == 200
    assert body["replies"][0]["card"]["kind"] == "bill"


def test_a_failed_action_does_not_spoil_an_earlier_conversation(bot: tiny_bot.Bot) -> None:
    bot.turn("before", "你好", conversation_id="spoilt")
    bot.actions.status = 500
    assert bot.turn("fails", "查账单", conversation_id="spoilt")[0] == 503
    bot.actions.status = 200
    assert bot.turn("after", "查账单", conversation_id="spoilt")[0] == 200
    texts = [e.text for e in bot.loop.run_until_complete(bot.store.retrieve("spoilt")).events if e.type_name == "user"]
    assert texts == ["你好", "查账单"]


def test_an_action_that_takes_too_long_is_a_503(bot: tiny_bot.Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_action, "LONGEST_SECONDS", 0.2)
    bot.actions.seconds = 0.6
    assert bot.turn("slow", "查账单", conversation_id="slow")[0] == 503
    assert bot.store.turn("slow", "slow") is None


def test_an_action_that_answers_nonsense_is_a_503(bot: tiny_bot.Bot) -> None:
    bot.actions.responses = "not a list"
    assert bot.turn("nonsense", "查账单", conversation_id="nonsense")[0] == 503


def test_a_conversation_that_cannot_be_read_is_a_503_not_a_blank_one(
    bot: tiny_bot.Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("select", {}, Exception("disk"))

    monkeypatch.setattr(bot.store, "_rows", broken)
    assert bot.turn("unread", "你好", conversation_id="unread")[0] == 503


@pytest.mark.parametrize("token", ["", "wrong", tiny_bot.TOKEN + "x"])
def test_without_the_token_there_is_no_answer(bot: tiny_bot.Bot, token: str) -> None:
    assert bot.post({"conversation_id": "c", "message_id": "m", "text": "你好"}, token=token)[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        {},
        {"conversation_id": "c", "message_id": "m"},
        {"conversation_id": "c", "message_id": "m", "text": "   "},
        {"conversation_id": "c", "message_id": 7, "text": "你好"},
        {"conversation_id": "c" * 201, "message_id": "m", "text": "你好"},
        {"conversation_id": "c", "message_id": "m", "text": "好" * 4001},
        {"conversation_id": "c", "message_id": "m", "text": "你好", "context": ["today"]},
    ],
)
def test_a_body_that_says_nothing_usable_is_a_422(bot: tiny_bot.Bot, body: object) -> None:
    assert bot.post(body)[0] == 422


def test_words_of_self_harm_are_heard_before_anything_else(bot: tiny_bot.Bot) -> None:
    _, body = bot.turn("crisis-1", "账单多少 再催我就去跳楼")
    assert body["understood"]["intent"] == "crisis"
    assert body["replies"][0]["text"] == "马上为您联系专人。"


def test_what_is_kept_of_a_conversation_stays_bounded(bot: tiny_bot.Bot) -> None:
    most = 0
    for number in range(MOST_TURNS * 3):
        assert bot.turn(f"long-{number}", "查账单" if number % 2 else "你好", conversation_id="long")[0] == 200
        tracker = bot.loop.run_until_complete(bot.store.retrieve("long"))
        most = max(most, sum(e.type_name == "user" for e in tracker.events))
    assert most == MOST_TURNS
    assert tracker.get_slot("asked") == len(bot.actions.asked)


def test_an_action_is_told_the_message_whole_and_of_earlier_ones_what_it_reads(bot: tiny_bot.Bot) -> None:
    for number in range(3):
        bot.turn(f"told-{number}", "查账单", conversation_id="told")
    told = bot.actions.asked[-1]["tracker"]
    assert {"intent_ranking", "entities", "metadata", "text"} <= set(told["latest_message"])
    heard = [event for event in told["events"] if event["event"] == "user"]
    assert [set(event["parse_data"]) for event in heard] == [{"intent"}] * 3
    assert {event["text"] for event in heard} == {"查账单"}
    assert {tuple(event["data"]) for event in told["events"] if event["event"] == "bot"} == {("buttons",)}


def test_an_action_is_given_longer_than_its_longest_question_to_the_service() -> None:
    assert remote_action.LONGEST_SECONDS > PAY_SECONDS


def test_a_conversation_stays_locked_for_longer_than_its_longest_turn() -> None:
    assert LOCK_SECONDS > MAX_NUMBER_OF_PREDICTIONS * remote_action.LONGEST_SECONDS

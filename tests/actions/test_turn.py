"""What an action reads out of a tracker: yes or no, returning from a digression, failures in a row."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.turn import Turn


def user(intent: str, text: str = "文字", **entities: Any) -> dict[str, Any]:
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    parsed = {"intent": {"name": intent}, "entities": found, "text": text, "intent_ranking": []}
    return {"event": "user", "text": text, "parse_data": parsed}


def action(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


def bot(text: str) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {"buttons": []}}


def turn(*events: dict[str, Any], form: str | None = None) -> Turn:
    last = next(event for event in reversed(events) if event["event"] == "user")
    context = {"message_id": "m", "today": "2026-11-23", "verified": True}
    message = {**last["parse_data"], "metadata": context}
    return Turn.of(Tracker("c", {}, message, list(events), False, None, {"name": form} if form else {}, None))


@pytest.mark.parametrize("text", ["对", "好的，确认", "嗯嗯", "可以", "行", "没问题", "不错，就这样", "OK", "/affirm"])
def test_a_plain_yes_affirms(text: str) -> None:
    assert turn(user("affirm", text)).affirms


@pytest.mark.parametrize("text", ["呜啦呜啦", "不对", "对吗", "别还了", "不可以", "真的可以？"])
def test_noise_a_no_and_a_question_do_not_affirm_whatever_the_classifier_says(text: str) -> None:
    assert not turn(user("affirm", text)).affirms


def test_the_form_called_after_another_answer_returns_and_does_not_read_the_message() -> None:
    assert turn(
        user("query_credit_limit"), action("action_check_limit"), action("repay_form"), form="repay_form"
    ).returns_to_form
    assert not turn(
        action("action_check_limit"), user("inform"), action("repay_form"), form="repay_form"
    ).returns_to_form


def test_failures_are_counted_in_a_row_and_an_understood_message_ends_the_count() -> None:
    lost, understood = user("nlu_fallback"), user("query_bill")
    assert turn(lost, understood, lost, action("action_fall_back"), lost).not_understood == 2
    assert turn(lost, lost, understood).not_understood == 0


def test_what_was_said_before_is_the_last_answer_and_not_what_is_being_said_now() -> None:
    said = turn(
        user("query_bill"), bot("旧"), user("query_credit_limit"), bot("一"), bot("二"), user("repeat")
    ).said_before
    assert [event["text"] for event in said] == ["一", "二"]


def test_today_is_no_later_day_and_tomorrow_is() -> None:
    assert not turn(user("repay_now", date="2026-11-23")).names_later_day
    assert turn(user("repay_now", date="2026-11-24")).names_later_day

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


def test_a_message_that_was_made_sense_of_all_the_same_ends_the_row() -> None:
    said = {"event": "bot", "text": "", "data": {}, "metadata": {"utter_action": "utter_repay_confirm"}}
    unclear = {**said, "metadata": {"utter_action": "utter_form_not_understood"}}
    lost = user("nlu_fallback")
    assert turn(lost, said, lost).not_understood == 1
    assert turn(lost, unclear, said, lost).not_understood == 2
    assert turn(user("out_of_scope", "asdf"), unclear, user("affirm", "😀")).not_understood == 2


def test_what_was_said_before_is_the_last_answer_and_not_what_is_being_said_now() -> None:
    said = turn(
        user("query_bill"), bot("旧"), user("query_credit_limit"), bot("一"), bot("二"), user("repeat")
    ).said_before
    assert [event["text"] for event in said] == ["一", "二"]


def test_today_is_no_later_day_and_tomorrow_is() -> None:
    assert not turn(user("repay_now", date="2026-11-23")).names_later_day
    assert turn(user("repay_now", date="2026-11-24")).names_later_day


@pytest.mark.parametrize("text", ["-100", "还负一百", "零", "一个亿", "0.001元", "我还零元"])
def test_what_is_no_sum_of_money_is_seen_to_be_none(text: str) -> None:
    assert turn(user("inform", text)).names_no_sum


@pytest.mark.parametrize("text", ["/inform", "确认一下", "好的", "改一下", "不知道", "全部"])
def test_words_without_a_number_are_not_a_sum_that_is_none(text: str) -> None:
    assert not turn(user("inform", text)).names_no_sum


def test_a_number_that_was_read_is_a_sum() -> None:
    assert not turn(user("inform", "500", amount=50000)).names_no_sum
    assert not turn(user("inform", "12-5还", date="2026-12-05")).names_no_sum
    assert turn(user("repay_now", "还负一百", amount=10000)).names_no_sum


def test_a_crisis_is_remembered_for_some_turns_of_the_session_and_not_in_the_turn_itself() -> None:
    crisis = (user("crisis"), action("action_crisis"))
    assert turn(*crisis, user("affirm", "嗯")).after_crisis
    assert not turn(*crisis, {"event": "session_started"}, user("affirm", "嗯")).after_crisis
    assert not turn(*crisis, *[user("query_bill")] * 12).after_crisis


def test_guesses_that_are_hardly_likely_are_none() -> None:
    parsed = user("nlu_fallback")
    parsed["parse_data"]["intent_ranking"] = [
        {"name": "nlu_fallback", "confidence": 0.35},
        {"name": "query_bill", "confidence": 0.2},
        {"name": "apply_or_open", "confidence": 0.03},
    ]
    assert turn(parsed).ranking == ("nlu_fallback", "query_bill")


@pytest.mark.parametrize("text", ["不还了", "先不还了", "那我不约了", "我还没想好", "不知道"])
def test_who_will_not_or_is_not_sure_lets_a_form_go_and_a_cry_for_help_is_not_taken_for_that(text: str) -> None:
    assert turn(user("nlu_fallback", text)).lets_go
    assert not turn(user("crisis", text)).lets_go


@pytest.mark.parametrize("text", ["不还最低，还五百", "还不了了", "我不是不还", "不用还款吗"])
def test_other_words_with_a_no_do_not(text: str) -> None:
    assert not turn(user("deny", text)).lets_go

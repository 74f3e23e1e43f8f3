"""What the events of a conversation tell of the turns before: what was said, and how often nothing was understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import EventType

from actions import others, words

FALLBACK_INTENT = "nlu_fallback"
REMEMBERED_TURNS = 10
READS_FIGURES_BACK = {"repay_form", "promise_form"}
OF_A_LIMIT = {"limit_increase", "limit_decrease_or_frozen"}
TOPIC_TURNS = 4  # what was spoken of longer ago is no longer meant
NO_TOPIC = {
    FALLBACK_INTENT, "affirm", "deny", "correct", "inform", "cancel", "repeat", "greeting_chitchat", "out_of_scope",
}  # fmt: skip
# Said to what was not understood.
UNCLEAR = {
    "utter_not_understood", "utter_did_you_mean", "utter_wordless", "utter_angry", "utter_gave_up",
    "utter_form_not_understood", "utter_form_yes_unclear", "utter_form_stuck",
}  # fmt: skip

# Said to who is not the borrower, or tells that something has befallen him.
NOT_THE_BORROWER = {
    "utter_third_party", "utter_wrong_person", "utter_debtor_unavailable", "utter_debtor_died",
    "utter_not_the_borrower", "utter_are_you_the_borrower",
}  # fmt: skip


def answered_something_else(events: list[EventType], *, form: str | None) -> bool:
    """Rasa calls the form again after a digression; without this the digression would be read as its answer."""
    for event in reversed(events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] not in {form, "action_listen", "action_extract_slots"}:
            return True
    return False


def not_understood_in_a_row(events: list[EventType]) -> int:
    """How many messages, this one with them; one that was made sense of all the same ends the row."""
    count, answers = 0, set[str]()
    for event in reversed(events):
        if event["event"] == "bot":
            answers.add(utter_action(event))
        elif event["event"] == "user":
            if not _missed(event) or (answers and not answers & UNCLEAR):
                break
            count, answers = count + 1, set()
    return count


def _missed(event: Mapping[str, Any]) -> bool:
    """Not understood; noise that the classifier has to call something, a yes for one, is not either."""
    intent, text = event["parse_data"]["intent"].get("name"), event.get("text") or ""
    if words.noise(text):
        return intent != "repeat"
    if intent == FALLBACK_INTENT and text.startswith("/"):
        return True
    return intent in {FALLBACK_INTENT, "affirm"} and not words.plainly_yes(text)


def topic(events: list[EventType]) -> str:
    """The intent of the last message before this one that was about something; none where it is too long ago. What
    leaned on it itself is passed over, where anything stands behind it."""
    users, leaning = 0, ""
    for event in reversed(events):
        if event["event"] == "session_started" or users > TOPIC_TURNS:
            break
        if event["event"] != "user":
            continue
        users += 1
        intent = str(event["parse_data"]["intent"].get("name") or "")
        if users == 1 or intent in NO_TOPIC:
            continue
        if not words.leans(event.get("text") or ""):
            return intent
        leaning = intent
    return leaning


def somebody_else_wrote(events: list[EventType]) -> bool:
    """Whether who writes has said, before this message, that the account is another's, and the borrower has not
    spoken since: until then nothing is told of it. Only within a session."""
    users = 0
    for event in reversed(events):
        if event["event"] == "session_started":
            break
        if event["event"] == "user":
            users += 1
            if users > 1 and others.IS_THE_BORROWER.search(event.get("text") or ""):
                break
        elif users and utter_action(event) == "utter_borrower_is_back":
            break
        elif users and utter_action(event) in NOT_THE_BORROWER:
            return True
    return False


def said_before(events: list[EventType]) -> tuple[Mapping[str, Any], ...]:
    """The bot's messages of the last turn in which it said something, before this one."""
    said: list[Mapping[str, Any]] = []
    users = 0
    for event in reversed(events):
        if event["event"] == "user":
            users += 1
            if said:
                break
        elif event["event"] == "bot" and users:
            said.insert(0, event)
    return tuple(said)


def asked_before(events: list[EventType]) -> tuple[str, str]:
    """The text and the intent of the user's message before this one; empty where a button was pressed or none was."""
    typed = [event for event in events if event["event"] in {"user", "session_started"}]
    if len(typed) < 2 or typed[-2]["event"] != "user" or (typed[-2].get("text") or "").startswith("/"):
        return "", ""
    return typed[-2].get("text") or "", typed[-2]["parse_data"]["intent"].get("name") or ""


def intent_of(message: Mapping[str, Any], *, form: str | None) -> str:
    """打错了，两百 corrects what a form was told; without a form, or a figure, it may be the number that is wrong."""
    named = (message.get("intent") or {}).get("name") or ""
    figures = {"amount", "amount_word", "date"} & {found["entity"] for found in message.get("entities") or []}
    if form in READS_FIGURES_BACK and named in OF_A_LIMIT and figures and "额" not in (message.get("text") or ""):
        return "correct"  # 加到400
    slip = form and figures and words.SLIP.search(message.get("text") or "")
    if form and named == "wrong_person" and others.SLIP.fullmatch(message.get("text") or ""):
        return "correct"
    if form in READS_FIGURES_BACK and words.WRONG_FIGURE.fullmatch(message.get("text") or ""):
        return "correct"
    return "correct" if slip and named == "wrong_person" else str(named)


def lately(events: list[EventType]) -> list[EventType]:
    """The events of the last turns before this one, of this session."""
    users, late = 0, []
    for event in reversed(events):
        if event["event"] == "session_started" or users > REMEMBERED_TURNS:
            break
        users += event["event"] == "user"
        if users:
            late.append(event)
    return late


def utter_action(event: Mapping[str, Any]) -> str:
    return str((event.get("metadata") or {}).get("utter_action") or "") if event["event"] == "bot" else ""

"""What a borrower's message says once it is cleaned, and which button, if any, it stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.chat.identity import WECHAT
from service.domain.errors import Refused

LONGEST_TEXT = 500
REMEMBERED_OFFERS = 10  # out turns whose buttons may still be pressed
Button = Mapping[str, str]

_UNSEEN = {"Cc", "Cf", "Cs"}  # controls, marks of direction, half surrogates; not "Cn", where new emoji are
_KEPT = {"\n", "\u200d"}  # the joiner holds family emoji together
_LEADING_SLASHES = re.compile(r"\A[\s/]+")
_NOTHING_BUT_A_SLASH = "？"

# How the key of a message begins that is no text of the borrower's but a menu entry he pressed: in WeChat that lets
# the account answer for a minute, not for two days.
EVENT_MARK = "event-"

ASK_FOR_PERSON: Button = {"title": "转人工", "payload": "/human_agent"}
_WORDS_FOR_PERSON = frozenset({"转人工", "人工", "人工客服", "转人工客服", "转接人工", "找人工"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as people see it. `client_id` is the id its sender gave it, for messages of the borrower."""

    id: int
    conversation_id: str
    direction: str
    sender: str
    text: str
    buttons: tuple[Button, ...]
    card: Mapping[str, object] | None
    state: str
    message_id: str
    reply_to: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """The buttons of one out turn; `reply_to` is the turn it answers, None for what nobody asked for."""

    reply_to: int | None
    buttons: tuple[Button, ...]


def clean(text: str) -> str:
    """The message without control characters and outer spaces. Raises Refused: empty_message, text_too_long."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    plain = "".join(one for one in plain if one in _KEPT or unicodedata.category(one) not in _UNSEEN).strip()
    if not any(_is_seen(one) for one in plain):
        raise Refused("消息是空的，请输入文字后再发送。", code="empty_message")
    if len(plain) > LONGEST_TEXT:
        raise Refused(
            f"一次最多 {LONGEST_TEXT} 字，您的消息有 {len(plain)} 字，请缩短或分几次发送。", code="text_too_long"
        )
    return plain


def pressed(text: str, payload: str | None, *, offers: Sequence[Offer], channel: str) -> str | None:
    """The payload of the offered button that a message stands for, None where it is just text.

    `offers` are the last out turns, newest first. A payload that was never offered counts for nothing.
    """
    offered = [button for offer in offers for button in offer.buttons]
    if payload is not None and any(button["payload"] == payload for button in offered):
        return payload
    if channel == WECHAT and text.isascii() and text.isdigit() and len(text) <= 2:
        choices = _numbered(offers)
        return choices[int(text) - 1]["payload"] if 0 < int(text) <= len(choices) else None
    return next((button["payload"] for button in offered if button["title"].strip() == text), None)


def wants_person(text: str, payload: str | None) -> bool:
    """Whether a message plainly asks for a person; good enough for when the bot can't be asked what it means."""
    return payload == ASK_FOR_PERSON["payload"] or text.strip(" 。！!？?") in _WORDS_FOR_PERSON


def for_bot(text: str, payload: str | None) -> str:
    """What the bot is asked. Rasa obeys a text that begins with '/', so only a pressed button may."""
    return payload or _LEADING_SLASHES.sub("", text) or _NOTHING_BUT_A_SLASH


def _is_seen(one: str) -> bool:
    category = unicodedata.category(one)
    return category not in _UNSEEN and category[0] not in "ZM"


def _numbered(offers: Sequence[Offer]) -> tuple[Button, ...]:
    """The buttons a bare number chooses from: those of the latest answer or of what was said since.

    An answer without buttons asked something new; a number after it is its answer, not a choice of before.
    """
    answer: int | None = None
    for offer in offers:
        if offer.reply_to is not None:
            if answer is not None and offer.reply_to != answer:
                break
            answer = offer.reply_to
        if offer.buttons:
            return offer.buttons
    return ()

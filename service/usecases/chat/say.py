"""Says something to a borrower, once: kept as a turn, from where his channel delivers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.db import chat
from service.domain.chat.delivery import first_state
from service.domain.chat.identity import INAPP, WECHAT
from service.domain.errors import NotFound
from service.usecases.chat.conversation import open_conversation


def say(
    conn: Connection,
    *,
    conversation_id: str,
    message_id: str,
    text: str,
    buttons: Sequence[Mapping[str, str]] = (),
    card: Mapping[str, Any] | None = None,
    sender: str,
    reply_to: int | None = None,
    template: str | None = None,
    delivered: bool = False,
    now: datetime,
) -> int:
    """The id of the turn; the same `message_id` again is the same turn and changes nothing. Raises NotFound.

    `sender` is bot, outreach, agent or system; `template` names the template of an outreach, for the bot to know.
    `delivered`: its channel has it already, and is not handed it once more.
    """
    found = chat.locked_conversation(conn, conversation_id)
    if found is None:
        raise NotFound("没有找到这个会话。")
    kept = chat.turn_with(conn, channel=found.channel, message_id=message_id)
    if kept is not None:
        return kept.id
    state = "delivered" if delivered else first_state(found.channel)
    return chat.add_turn(
        conn,
        conversation_id=conversation_id,
        direction="out",
        sender=sender,
        channel=found.channel,
        message_id=message_id,
        text=text,
        payload=template,
        buttons=[dict(button) for button in buttons],
        card=None if card is None else dict(card),
        reply_to=reply_to,
        state=state,
        delivered_at=now if state == "delivered" else None,
        next_attempt_at=None if state == "delivered" else now,
        now=now,
    )


def say_to_borrower(
    conn: Connection,
    *,
    borrower_id: str,
    message_id: str,
    text: str,
    buttons: Sequence[Mapping[str, str]] = (),
    card: Mapping[str, Any] | None = None,
    sender: str,
    template: str | None = None,
    now: datetime,
) -> int:
    """Say it in the borrower's in-app conversation, opened if he has none yet. Returns the id of the turn."""
    opened = open_conversation(conn, channel=INAPP, channel_user_id=borrower_id, borrower_id=borrower_id, now=now)
    return say(
        conn,
        conversation_id=opened.id,
        message_id=message_id,
        text=text,
        buttons=buttons,
        card=card,
        sender=sender,
        template=template,
        now=now,
    )


def note_in_wechat(
    conn: Connection,
    *,
    borrower_id: str,
    openid: str,
    message_id: str,
    text: str,
    buttons: Sequence[Mapping[str, str]] = (),
    template: str | None = None,
    now: datetime,
) -> int:
    """Keep an outreach that WeChat has taken where it was read, and in the app, where its reader is sent to and finds
    the buttons. Returns the id of the turn in the app."""
    there = open_conversation(conn, channel=WECHAT, channel_user_id=openid, now=now)
    said: dict[str, Any] = {
        "message_id": message_id,
        "text": text,
        "sender": "outreach",
        "template": template,
        "now": now,
    }
    say(conn, conversation_id=there.id, delivered=True, **said)
    return say_to_borrower(conn, borrower_id=borrower_id, buttons=buttons, **said)

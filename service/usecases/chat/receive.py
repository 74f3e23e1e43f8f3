"""Takes a borrower's message in: it is kept, once, before anybody thinks about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import chat
from service.domain.chat.card_number import hide_card_numbers
from service.domain.chat.turn import REMEMBERED_OFFERS, clean, pressed
from service.domain.errors import KeyReused, Refused
from service.usecases.chat.conversation import open_conversation

MOST_UNANSWERED = 30


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message is kept; `duplicate` where it had been kept before."""

    conversation_id: str
    turn_id: int
    duplicate: bool


def receive(
    conn: Connection,
    *,
    channel: str,
    message_id: str,
    channel_user_id: str,
    text: str,
    payload: str | None = None,
    borrower_id: str | None = None,
    verified_until: datetime | None = None,
    now: datetime,
) -> Received:
    """Keep one message; the same `message_id` on the same channel again is the same message.

    `payload` is the button that was pressed; one that was not offered lately counts as its text. Raises Refused
    (empty_message, text_too_long, too_many_unanswered) and KeyReused where the id came with another text.
    """
    said = hide_card_numbers(clean(text))
    opened = open_conversation(
        conn,
        channel=channel,
        channel_user_id=channel_user_id,
        borrower_id=borrower_id,
        verified_until=verified_until,
        now=now,
    )
    kept = chat.turn_with(conn, channel=channel, message_id=message_id)
    if kept is not None:
        if (kept.conversation_id, kept.text) != (opened.id, said):
            raise KeyReused("这个消息编号已经用过了，请刷新页面后重新发送。")
        return Received(opened.id, kept.id, duplicate=True)
    if chat.count_open(conn, opened.id) >= MOST_UNANSWERED:
        raise Refused("您发送得太快了，请等小清回复后再继续。", code="too_many_unanswered")
    offers = chat.last_offers(conn, opened.id, limit=REMEMBERED_OFFERS)
    turn_id = chat.add_turn(
        conn,
        conversation_id=opened.id,
        direction="in",
        sender="borrower",
        channel=channel,
        message_id=message_id,
        text=said,
        payload=pressed(said, payload, offers=offers, channel=channel),
        state="received",
        next_attempt_at=now,
        now=now,
    )
    return Received(opened.id, turn_id, duplicate=False)

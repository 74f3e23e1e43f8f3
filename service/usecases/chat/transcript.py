"""What a borrower's page shows: the turns of his conversation, and whether an answer is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import chat
from service.domain.chat.delivery import PATIENCE
from service.domain.chat.identity import Conversation
from service.domain.chat.turn import Turn


@dataclass(frozen=True, slots=True)
class Page:
    """Turns in order; `more` where the asked-for side has others; `typing` while an answer is being thought of."""

    turns: tuple[Turn, ...]
    more: bool
    owner: str
    typing: bool


def is_typing(conn: Connection, conversation: Conversation | None, *, now: datetime) -> bool:
    """Whether the bot is about to answer; an answer that is late has been told of in words."""
    if conversation is None or conversation.owner == "agent":
        return False
    since = chat.waiting_since(conn, conversation.id)
    return since is not None and now - since < PATIENCE


def page(
    conn: Connection,
    *,
    channel: str,
    channel_user_id: str,
    after: int | None = None,
    before: int | None = None,
    limit: int,
    now: datetime,
) -> Page:
    """What came after turn `after`; without it the newest turns (older than turn `before`).

    A person without a conversation has an empty page.
    """
    conversation_id = conversation_of(channel, channel_user_id)
    if after is not None:
        turns = chat.turns_after(conn, conversation_id, after=after, limit=limit + 1)
    else:
        turns = chat.turns_before(conn, conversation_id, before=before, limit=limit + 1)
    found = chat.conversation_of(conn, conversation_id)
    return Page(
        turns=turns[-limit:] if after is None else turns[:limit],
        more=len(turns) > limit,
        owner=found.owner if found else "bot",
        typing=is_typing(conn, found, now=now),
    )


def conversation_of(channel: str, channel_user_id: str) -> str:
    """The id of a person's conversation on a channel, whether or not it has begun."""
    return chat.conversation_id_of(channel, channel_user_id)

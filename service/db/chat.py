"""Conversations and their turns, to and from their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.engine import one_of
from service.db.tables.chat import conversation, turn
from service.domain.chat.identity import Conversation
from service.domain.chat.turn import Offer, Turn

_OPEN = ("received", "claimed")
_FORMER = "#"  # in no openid: before the number of a conversation that was parted from
_SHOWN = tuple(turn.c[name] for name in Turn.__dataclass_fields__)
_CONVERSATION = select(conversation).where(conversation.c.id == bindparam("id"))  # asked with every question


def conversation_id_of(channel: str, channel_user_id: str) -> str:
    """The same person on the same channel is always in the same conversation, until it is parted from."""
    return f"{channel}-{hashlib.sha256(f'{channel}:{channel_user_id}'.encode()).hexdigest()[:32]}"


def ensure_conversation(conn: Connection, *, channel: str, channel_user_id: str, now: datetime) -> Conversation:
    """The conversation, made if there is none, with its row locked until the transaction ends.

    The lock makes the ids of its turns grow in the order in which they become visible: a reader that asks for
    what came after a turn never misses one.
    """
    conversation_id = conversation_id_of(channel, channel_user_id)
    values = {"id": conversation_id, "channel": channel, "channel_user_id": channel_user_id, "owner": "bot"}
    _insert_if_absent(conn, conversation, values | {"created_at": now, "updated_at": now})
    found = locked_conversation(conn, conversation_id)
    if found is not None and found.channel_user_id != channel_user_id:  # it was parted from
        after = f"{channel_user_id}{_FORMER}{_count_former(conn, channel, channel_user_id)}"
        conversation_id = conversation_id_of(channel, after)
        _insert_if_absent(conn, conversation, values | {"id": conversation_id, "created_at": now, "updated_at": now})
        found = locked_conversation(conn, conversation_id)
    assert found is not None, "conversations are never deleted"
    return found


def with_user(conn: Connection, *, channel: str, channel_user_id: str) -> Conversation | None:
    """The one that this user is in now."""
    mine = (conversation.c.channel == channel) & (conversation.c.channel_user_id == channel_user_id)
    return _conversation(conn.execute(select(conversation).where(mine)).one_or_none())


def part_from(conn: Connection, talk: Conversation) -> None:
    """From now on whoever writes as this user is in a new conversation; this one, with all its turns, stays whose it
    was, and nothing of it is delivered any more."""
    former = f"{talk.channel_user_id}{_FORMER}{_count_former(conn, talk.channel, talk.channel_user_id) + 1}"
    mine = (conversation.c.id == talk.id) & (conversation.c.channel_user_id == talk.channel_user_id)
    conn.execute(update(conversation).where(mine).values(channel_user_id=former))


def _count_former(conn: Connection, channel: str, channel_user_id: str) -> int:
    former = conversation.c.channel_user_id.startswith(f"{channel_user_id}{_FORMER}", autoescape=True)
    found = select(func.count()).select_from(conversation).where(conversation.c.channel == channel, former)
    return int(conn.execute(found).scalar_one())


def locked_conversation(conn: Connection, conversation_id: str) -> Conversation | None:
    return _conversation(conn.execute(_CONVERSATION.with_for_update(), {"id": conversation_id}).one_or_none())


def conversation_of(conn: Connection, conversation_id: str) -> Conversation | None:
    return _conversation(conn.execute(_CONVERSATION, {"id": conversation_id}).one_or_none())


def newest_of(conn: Connection, borrower_id: str) -> str | None:
    """The conversation of this borrower in which something happened last."""
    mine = select(conversation.c.id).where(conversation.c.borrower_id == borrower_id)
    newest = mine.order_by(conversation.c.updated_at.desc(), conversation.c.id).limit(1)
    return conn.execute(newest).scalar_one_or_none()


def set_identity(
    conn: Connection, conversation_id: str, *, borrower_id: str, verified_until: datetime | None, now: datetime
) -> None:
    values = {"borrower_id": borrower_id, "verified_until": verified_until, "updated_at": now}
    conn.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


def turn_with(conn: Connection, *, channel: str, message_id: str) -> Turn | None:
    mine = (turn.c.channel == channel) & (turn.c.message_id == message_id)
    return _turn(conn.execute(select(*_SHOWN).where(mine)).one_or_none())


def add_turn(conn: Connection, *, conversation_id: str, now: datetime, **values: Any) -> int:
    """Keep a turn and return its id. The caller holds the conversation's lock."""
    row = {"buttons": [], "conversation_id": conversation_id, "created_at": now} | values
    turn_id: int = conn.execute(insert(turn).values(**row).returning(turn.c.id)).scalar_one()
    conn.execute(update(conversation).where(conversation.c.id == conversation_id).values(updated_at=now))
    return turn_id


def last_offers(conn: Connection, conversation_id: str, *, limit: int) -> tuple[Offer, ...]:
    """The buttons of the last out turns, newest first."""
    newest = select(turn.c.reply_to, turn.c.buttons).where(
        turn.c.conversation_id == conversation_id, turn.c.direction == "out"
    )
    rows = conn.execute(newest.order_by(turn.c.id.desc()).limit(limit))
    return tuple(Offer(row.reply_to, tuple(row.buttons or ())) for row in rows)


def last_out(conn: Connection, conversation_id: str) -> Turn | None:
    mine = (turn.c.conversation_id == conversation_id) & (turn.c.direction == "out")
    return _turn(conn.execute(select(*_SHOWN).where(mine).order_by(turn.c.id.desc()).limit(1)).one_or_none())


def last_outreach(conn: Connection, conversation_id: str) -> tuple[str, datetime] | None:
    """The template and the time of the last outreach in this conversation."""
    query = select(turn.c.payload, turn.c.created_at).where(
        turn.c.conversation_id == conversation_id, turn.c.direction == "out", turn.c.sender == "outreach"
    )
    row = conn.execute(query.order_by(turn.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row.payload or "", row.created_at)


def is_open(state: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a message has no answer yet; said so that the queue's own index serves."""
    return one_of(state, _OPEN)


def count_open(conn: Connection, conversation_id: str) -> int:
    """How many messages of the borrower have no answer yet."""
    waiting = (turn.c.conversation_id == conversation_id) & is_open(turn.c.state)
    return conn.execute(select(func.count()).select_from(turn).where(waiting)).scalar_one()


def waiting_since(conn: Connection, conversation_id: str) -> datetime | None:
    """When the oldest message without an answer came in."""
    waiting = (turn.c.conversation_id == conversation_id) & is_open(turn.c.state)
    return conn.execute(select(turn.c.created_at).where(waiting).order_by(turn.c.id).limit(1)).scalar_one_or_none()


def turns_after(conn: Connection, conversation_id: str, *, after: int, limit: int) -> tuple[Turn, ...]:
    """The first `limit` turns that came after turn `after`, in order."""
    query = select(*_SHOWN).where(turn.c.conversation_id == conversation_id, turn.c.id > after)
    return _turns(conn.execute(query.order_by(turn.c.id).limit(limit)).all())


def turns_before(conn: Connection, conversation_id: str, *, before: int | None, limit: int) -> tuple[Turn, ...]:
    """The newest `limit` turns (older than turn `before`), in order."""
    query = select(*_SHOWN).where(turn.c.conversation_id == conversation_id)
    if before is not None:
        query = query.where(turn.c.id < before)
    return _turns(conn.execute(query.order_by(turn.c.id.desc()).limit(limit)).all()[::-1])


def _insert_if_absent(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    conn.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def _conversation(row: Row[Any] | None) -> Conversation | None:
    return None if row is None else Conversation(**row._mapping)


def _turns(rows: Sequence[Row[Any]]) -> tuple[Turn, ...]:
    return tuple(one for row in rows if (one := _turn(row)) is not None)


def _turn(row: Row[Any] | None) -> Turn | None:
    return None if row is None else Turn(**{**row._mapping, "buttons": tuple(row.buttons or ())})

"""The turns as two queues, of messages to answer and of messages to send; each taken by compare-and-swap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, update

from service.db.chat import is_open
from service.db.engine import one_of
from service.db.tables.chat import conversation, turn


@dataclass(frozen=True, slots=True)
class Job:
    """A turn in a queue. `attempts` counts the times it was taken, and is the fence: who took it later wins."""

    turn_id: int
    conversation_id: str
    channel: str
    channel_user_id: str
    owner: str
    sender: str
    message_id: str
    text: str
    payload: str | None
    buttons: tuple[dict[str, str], ...]
    state: str
    attempts: int
    created_at: datetime


_JOB = (
    turn.c.id.label("turn_id"),
    turn.c.conversation_id,
    turn.c.channel,
    conversation.c.channel_user_id,
    conversation.c.owner,
    turn.c.sender,
    turn.c.message_id,
    turn.c.text,
    turn.c.payload,
    turn.c.buttons,
    turn.c.state,
    turn.c.attempts,
    turn.c.created_at,
)


def _is_to_send(state: ColumnElement[str]) -> ColumnElement[bool]:
    return one_of(state, ("pending", "unknown"))


_EARLIER = turn.alias("earlier")
_QUEUED = turn.alias("queued")
# What is in a queue is read from its own index, and by that alone: asked for in their order, SQLite would rather go
# through every turn that was ever kept.
_TO_ANSWER = turn.c.id.in_(select(_QUEUED.c.id).where(is_open(_QUEUED.c.state)))
_TO_SEND = turn.c.id.in_(select(_QUEUED.c.id).where(_is_to_send(_QUEUED.c.state)))


def to_answer(conn: Connection, *, now: datetime, lease_ends: datetime, limit: int) -> tuple[Job, ...]:
    """The oldest unanswered message of each conversation that may be taken: due, or taken before `lease_ends`."""
    due = (turn.c.state == "received") & (turn.c.next_attempt_at <= now)
    left = (turn.c.state == "claimed") & (turn.c.claimed_at <= lease_ends)
    query = _jobs().where(_TO_ANSWER, or_(due, left), ~_earlier(is_open(_EARLIER.c.state)))
    return _read(conn, query.order_by(turn.c.id).limit(limit))


def claim_to_answer(conn: Connection, job: Job, *, by: str, now: datetime) -> bool:
    """Whether this worker has it now; False where another was first."""
    return _swap(conn, job, state="claimed", claimed_by=by, claimed_at=now, attempts=job.attempts + 1)


def finish_answer(conn: Connection, job: Job, **values: Any) -> bool:
    """Write the outcome of a turn this worker took, unless another has taken it since."""
    return _swap(conn, job, claimed_by=None, **values)


def waiting_in(conn: Connection, conversation_id: str) -> tuple[Job, ...]:
    """Every message of a conversation that waits and that nobody has taken, in order."""
    query = _jobs().where(turn.c.conversation_id == conversation_id, turn.c.state == "received")
    return _read(conn, query.order_by(turn.c.id))


def release_all(conn: Connection, *, now: datetime) -> int:
    """Messages that were being answered when the service ended are to be answered again."""
    back = update(turn).where(_TO_ANSWER, turn.c.state == "claimed", turn.c.direction == "in")
    return conn.execute(back.values(state="received", claimed_by=None, next_attempt_at=now)).rowcount


def release_sending(conn: Connection, *, most: int, now: datetime) -> int:
    """Answers that were on their way when the service ended are to be sent again, `most` times in all: twice is
    better than not at all. Never an outreach: for that it is the other way round."""
    cut_off = (_TO_SEND, turn.c.state == "unknown", turn.c.direction == "out", turn.c.sender != "outreach")
    back = update(turn).where(*cut_off, turn.c.attempts < most)
    return conn.execute(back.values(state="pending", claimed_at=None, next_attempt_at=now)).rowcount


def to_send(
    conn: Connection, *, channels: Sequence[str], now: datetime, busy_since: datetime, limit: int
) -> tuple[Job, ...]:
    """The oldest message to send of each conversation in which nothing has been on its way since `busy_since`."""
    on_its_way = and_(_EARLIER.c.state == "unknown", _EARLIER.c.claimed_at > busy_since)
    query = _jobs().where(
        _TO_SEND,
        turn.c.state == "pending",
        turn.c.channel.in_(channels),
        turn.c.next_attempt_at <= now,
        ~_earlier(_is_to_send(_EARLIER.c.state) & or_(_EARLIER.c.state == "pending", on_its_way)),
    )
    return _read(conn, query.order_by(turn.c.id).limit(limit))


def claim_to_send(conn: Connection, job: Job, *, now: datetime) -> bool:
    """Whether this worker may send it. From here on it is `unknown`, which is what it stays after a crash."""
    return _swap(conn, job, state="unknown", claimed_at=now, attempts=job.attempts + 1)


def finish_sending(conn: Connection, job: Job, **values: Any) -> bool:
    return _swap(conn, job, claimed_at=None, **values)


def withdraw_outreach(conn: Connection, borrower_id: str, *, why: str) -> int:
    """What waits to be handed to a channel and was not asked for by the borrower will not be."""
    his = select(conversation.c.id).where(conversation.c.borrower_id == borrower_id)
    waiting = (turn.c.state == "pending") & (turn.c.sender == "outreach") & turn.c.conversation_id.in_(his)
    return conn.execute(update(turn).where(waiting).values(state="failed", failure=why)).rowcount


def _jobs() -> Select[Any]:
    return select(*_JOB).join(conversation, conversation.c.id == turn.c.conversation_id)


def _earlier(what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the conversation has such a turn before this one: its messages keep their order."""
    same = _EARLIER.c.conversation_id == turn.c.conversation_id
    return exists().where(same, _EARLIER.c.id < turn.c.id, what)


def _swap(conn: Connection, job: Job, **values: Any) -> bool:
    unchanged = (turn.c.id == job.turn_id, turn.c.state == job.state, turn.c.attempts == job.attempts)
    return conn.execute(update(turn).where(*unchanged).values(**values)).rowcount == 1


def _read(conn: Connection, query: Select[Any]) -> tuple[Job, ...]:
    return tuple(_job(row) for row in conn.execute(query))


def _job(row: Row[Any]) -> Job:
    return Job(**{**row._mapping, "buttons": tuple(row.buttons or ())})

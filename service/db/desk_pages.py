"""Reads what the desk's pages show of conversations and their turns; people leave here masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, case, func, or_, select

from service.db.tables.chat import conversation, turn
from service.db.tables.desk import agent, handover
from service.db.tables.loan import borrower
from service.domain.desk.handover import AGENT, CLOSED, WAITING
from service.domain.desk.mask import mask_name, mask_numbers, mask_phone
from service.domain.desk.pages import ConversationHead, ConversationRow, Found, Guess, Person, TurnRow

SHOWN_GUESSES = 5
_JOINED = (
    conversation.outerjoin(borrower, borrower.c.id == conversation.c.borrower_id)
    .outerjoin(agent, agent.c.id == conversation.c.agent)
    .outerjoin(handover, (handover.c.conversation_id == conversation.c.id) & (handover.c.state != CLOSED))
)
PERSON = (borrower.c.id.label("person_id"), borrower.c.name.label("person_name"), borrower.c.phone)
_ORDER = (
    case((conversation.c.owner == WAITING, 0), (conversation.c.owner == AGENT, 1), else_=2),
    case((conversation.c.owner == WAITING, handover.c.created_at)),
    conversation.c.updated_at.desc(),
    conversation.c.id,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations: `text` is part of a name, a phone, an id or a message; empty fields mean any."""

    text: str = ""
    owner: str = ""
    agent_id: str = ""
    channel: str = ""


def count_conversations(conn: Connection, wanted: Wanted) -> int:
    return count(conn, _JOINED, _where(wanted))


def count_owners(conn: Connection) -> dict[str, int]:
    """How many conversations the bot, the queue and the agents own."""
    counted = select(conversation.c.owner, func.count()).group_by(conversation.c.owner)
    return {row[0]: row[1] for row in conn.execute(counted)}


def select_conversations(conn: Connection, wanted: Wanted, *, limit: int, offset: int) -> tuple[ConversationRow, ...]:
    """Those in the queue first, the longest waiting on top; then those of agents; then the rest, newest first."""
    chosen = (
        select(conversation, *PERSON, agent.c.name.label("agent_name"), handover.c.created_at.label("asked_at"))
        .select_from(_JOINED)
        .where(*_where(wanted))
        .order_by(*_ORDER)
        .limit(limit)
        .offset(offset)
    )
    rows = conn.execute(chosen).all()
    ids = [row.id for row in rows]
    last, intents = _last_turns(conn, ids), _last_intents(conn, ids)
    return tuple(_conversation(row, last.get(row.id), intents.get(row.id, "")) for row in rows)


def find_conversation(conn: Connection, conversation_id: str) -> ConversationHead | None:
    chosen = select(conversation, *PERSON, agent.c.name.label("agent_name")).select_from(_JOINED)
    row = conn.execute(chosen.where(conversation.c.id == conversation_id)).one_or_none()
    if row is None:
        return None
    return ConversationHead(
        id=row.id,
        channel=row.channel,
        person=person_in(row),
        verified_until=row.verified_until,
        owner=row.owner,
        agent=row.agent,
        agent_name=row.agent_name or "",
        created_at=row.created_at,
    )


def select_turns(
    conn: Connection, conversation_id: str, *, limit: int, before: int | None = None
) -> tuple[TurnRow, ...]:
    """The newest `limit` turns (older than turn `before`), oldest of them first."""
    newest = select(turn).where(turn.c.conversation_id == conversation_id)
    if before is not None:
        newest = newest.where(turn.c.id < before)
    rows = conn.execute(newest.order_by(turn.c.id.desc()).limit(limit)).all()
    return tuple(_turn(row) for row in reversed(rows))


def last_said(conn: Connection, conversation_id: str, *, limit: int) -> tuple[str, ...]:
    """The borrower's own last messages, oldest first."""
    mine = (turn.c.conversation_id == conversation_id) & (turn.c.direction == "in")
    newest = select(turn.c.text).where(mine).order_by(turn.c.id.desc()).limit(limit)
    return tuple(reversed(conn.execute(newest).scalars().all()))


def count(conn: Connection, source: FromClause, where: Sequence[ColumnElement[bool]]) -> int:
    return conn.execute(select(func.count()).select_from(source).where(*where)).scalar_one()


def named(text: str) -> ColumnElement[bool]:
    """Borrowers with this in their name or id, or at the end of their phone number."""
    return or_(
        borrower.c.name.contains(text, autoescape=True),
        borrower.c.id.contains(text, autoescape=True),
        borrower.c.phone.endswith(text, autoescape=True),
    )


def person_in(row: Row[Any]) -> Person | None:
    return Person(row.person_id, mask_name(row.person_name), mask_phone(row.phone)) if row.person_id else None


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.owner:
        where.append(conversation.c.owner == wanted.owner)
    if wanted.agent_id:
        where.append(conversation.c.agent == wanted.agent_id)
    if wanted.channel:
        where.append(conversation.c.channel == wanted.channel)
    if wanted.text:
        said = select(turn.c.conversation_id).where(turn.c.text.contains(wanted.text, autoescape=True))
        where.append(or_(named(wanted.text), conversation.c.id == wanted.text, conversation.c.id.in_(said)))
    return where


def _last_turns(conn: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    return _newest(conn, select(func.max(turn.c.id)).where(turn.c.conversation_id.in_(ids)))


def _last_intents(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    understood = turn.c.conversation_id.in_(ids) & (turn.c.direction == "in") & (turn.c.intent != "")
    found = _newest(conn, select(func.max(turn.c.id)).where(understood))
    return {conversation_id: row.intent for conversation_id, row in found.items()}


def _newest(conn: Connection, newest: Select[Any]) -> dict[str, Row[Any]]:
    chosen = select(turn).where(turn.c.id.in_(newest.group_by(turn.c.conversation_id)))
    return {row.conversation_id: row for row in conn.execute(chosen)}


def _conversation(row: Row[Any], last: Row[Any] | None, intent: str) -> ConversationRow:
    return ConversationRow(
        id=row.id,
        channel=row.channel,
        person=person_in(row),
        owner=row.owner,
        agent_name=row.agent_name or "",
        last_text=mask_numbers(last.text) if last else "",
        last_sender=last.sender if last else "",
        last_at=last.created_at if last else None,
        last_intent=intent,
        waiting_since=_waiting_since(row, last),
    )


def _waiting_since(row: Row[Any], last: Row[Any] | None) -> datetime | None:
    if row.owner == WAITING:
        asked_at: datetime | None = row.asked_at
        return asked_at
    unanswered = row.owner == AGENT and last is not None and last.direction == "in"
    return last.created_at if unanswered and last is not None else None


def _turn(row: Row[Any]) -> TurnRow:
    return TurnRow(
        id=row.id,
        direction=row.direction,
        sender=row.sender,
        text=mask_numbers(row.text),
        buttons=tuple(str(button.get("title", "")) for button in row.buttons or ()),
        card_kind=str((row.card or {}).get("kind", "")),
        intent=row.intent or "",
        percent=_percent(row.confidence),
        ranking=tuple(_guess(guess) for guess in (row.ranking or ())[:SHOWN_GUESSES]),
        entities=tuple(_found(entity) for entity in row.entities or ()),
        state=row.state,
        attempts=row.attempts or 0,
        failure=row.failure or "",
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


def _guess(guess: Mapping[str, Any]) -> Guess:
    return Guess(str(guess.get("name", "")), _percent(guess.get("confidence")))


def _found(entity: Mapping[str, Any]) -> Found:
    return Found(str(entity.get("entity", "")), mask_numbers(str(entity.get("value", ""))), str(entity.get("text", "")))


def _percent(share: Any) -> int:
    return round((share or 0) * 100)

"""What the pages of the people's queue show: the list with people masked, and what was said and sent last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from service.db.case import CLOSED
from service.db.desk_pages import PERSON, count, named, person_in
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach
from service.db.tables.loan import borrower
from service.db.tables.queue import collection_case
from service.domain.collect.queue import CaseState, CollectionCase
from service.domain.desk.pages import Person

_FROM = collection_case.join(borrower, borrower.c.id == collection_case.c.borrower_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: `show` is ready, mine, waiting, overdue, closed or "" (all that are not closed); `level` "" means
    any; `text` is part of a name, id or phone."""

    now: datetime
    by: str
    show: str = ""
    level: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    person: Person | None
    case: CollectionCase


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of any of his conversations."""

    conversation_id: str
    sender: str
    channel: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """One row of the outreach log."""

    business_date: date
    step: str
    channel: str
    state: str
    text: str
    reasons: tuple[dict[str, Any], ...]


def count_cases(conn: Connection, wanted: Wanted) -> int:
    return count(conn, _FROM, _where(wanted))


def select_cases(conn: Connection, wanted: Wanted, *, limit: int, offset: int) -> tuple[CaseRow, ...]:
    """In the order in which they are offered; those that are closed, the newest first."""
    columns = [collection_case.c[name] for name in CollectionCase.__dataclass_fields__]
    query = select(*columns, *PERSON).select_from(_FROM).where(*_where(wanted))
    order: tuple[Any, ...] = (collection_case.c.points.desc(), collection_case.c.due_at, collection_case.c.id)
    if wanted.show == CLOSED:
        order = (collection_case.c.closed_at.desc(), collection_case.c.id)
    return tuple(_row(row) for row in conn.execute(query.order_by(*order).limit(limit).offset(offset)))


def person_of(conn: Connection, borrower_id: str) -> Person | None:
    row = conn.execute(select(*PERSON).where(borrower.c.id == borrower_id)).one_or_none()
    return None if row is None else person_in(row)


def last_said(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Said, ...]:
    """In all his conversations, oldest first."""
    his = select(turn.c.conversation_id, turn.c.sender, turn.c.channel, turn.c.text, turn.c.created_at).join(
        conversation, conversation.c.id == turn.c.conversation_id
    )
    newest = his.where(conversation.c.borrower_id == borrower_id).order_by(turn.c.id.desc()).limit(limit)
    return tuple(Said(*row) for row in reversed(conn.execute(newest).all()))


def last_sent(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Sent, ...]:
    """Newest first, what was held back included."""
    columns = [outreach.c[name] for name in Sent.__dataclass_fields__]
    mine = select(*columns).where(outreach.c.borrower_id == borrower_id)
    rows = conn.execute(mine.order_by(outreach.c.planned_at.desc(), outreach.c.id).limit(limit)).mappings()
    return tuple(Sent(**{**row, "reasons": tuple(row["reasons"])}) for row in rows)


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    state, now = collection_case.c.state, wanted.now
    held = (state == CaseState.HELD.value) & (collection_case.c.held_until > now)
    shows: dict[str, ColumnElement[bool]] = {
        "ready": (state != CLOSED) & (collection_case.c.ready_at <= now) & ~held,
        "mine": held & (collection_case.c.held_by == wanted.by),
        "waiting": (state != CLOSED) & (collection_case.c.ready_at > now),
        "overdue": (state != CLOSED) & (collection_case.c.due_at < now),
        CLOSED: state == CLOSED,
    }
    where = [shows.get(wanted.show, state != CLOSED)]
    if wanted.level:
        where.append(collection_case.c.level == wanted.level)
    if wanted.text:
        where.append(named(wanted.text))
    return where


def _row(row: Any) -> CaseRow:
    values = {name: row._mapping[name] for name in CollectionCase.__dataclass_fields__}
    case = CollectionCase(**{**values, "state": CaseState(values["state"]), "why": tuple(values["why"])})
    return CaseRow(person_in(row), case)

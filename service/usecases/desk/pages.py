"""What the desk's pages ask for: lists a page at a time, and one conversation with what an agent should know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import contact, desk, desk_collect, desk_pages, promise, wechat
from service.db.desk_pages import Wanted
from service.domain.collect.contact import ContactTerms
from service.domain.collect.policy import Policy
from service.domain.desk.handover import Handover
from service.domain.desk.pages import (
    ConversationHead,
    ConversationRow,
    OutreachRow,
    Page,
    PromiseRow,
    TurnRow,
)
from service.domain.errors import NotFound
from service.usecases.collect.stops import StopShown, stops_of
from service.usecases.loan.debt import Debt, debt_of

__all__ = ["Dossier", "Wanted", "conversations", "dossier", "outreach", "owners", "promises", "turns"]

PAGE_SIZE = 20
SHOWN_TURNS = 60
SHOWN_PROMISES = 3


@dataclass(frozen=True, slots=True)
class Dossier:
    """One conversation beside its turns; `debt` is None where nobody has proved who he is. `wechat_since`: since when a
    WeChat is bound to him."""

    head: ConversationHead
    handover: Handover | None
    debt: Debt | None
    promises: tuple[PromiseRow, ...]
    stops: tuple[StopShown, ...]
    terms: ContactTerms | None
    wechat_since: datetime | None


def conversations(conn: Connection, *, wanted: Wanted, number: int) -> Page[ConversationRow]:
    """Page `number` (clamped to the last one), those who wait for a person first."""
    total = desk_pages.count_conversations(conn, wanted)
    number = _clamp(number, total)
    rows = desk_pages.select_conversations(conn, wanted, limit=PAGE_SIZE, offset=_offset(number))
    return Page(rows, number, PAGE_SIZE, total)


def owners(conn: Connection) -> dict[str, int]:
    """How many conversations each kind of owner has, for the filter's labels."""
    return desk_pages.count_owners(conn)


def turns(
    conn: Connection, *, conversation_id: str, before: int | None = None
) -> tuple[tuple[TurnRow, ...], int | None]:
    """The newest turns, oldest first, and the id to ask for earlier ones with (None: there are none)."""
    rows = desk_pages.select_turns(conn, conversation_id, limit=SHOWN_TURNS + 1, before=before)
    return (rows[1:], rows[1].id) if len(rows) > SHOWN_TURNS else (rows, None)


def dossier(conn: Connection, *, conversation_id: str, today: date, policy: Policy) -> Dossier:
    """Who it is with, what is owed, promised and stopped. Raises NotFound."""
    head = desk_pages.find_conversation(conn, conversation_id)
    if head is None:
        raise NotFound("没有找到这个会话，请返回列表重新选择。")
    handover = desk.open_handover(conn, conversation_id)
    if head.person is None:
        return Dossier(head, handover, None, (), (), None, None)
    known = head.person.id
    bound = wechat.bound_of(conn, known)
    return Dossier(
        head,
        handover,
        debt_of(conn, borrower_id=known, today=today),
        desk_collect.select_promises(conn, borrower_id=known, limit=SHOWN_PROMISES),
        stops_of(conn, known, policy=policy),
        contact.terms_of(conn, known),
        bound.bound_at if bound is not None else None,
    )


def outreach(conn: Connection, *, state: str, text: str, number: int) -> Page[OutreachRow]:
    """Page `number` of what was sent, held back or planned, newest first."""
    total = desk_collect.count_outreach(conn, state=state, text=text)
    number = _clamp(number, total)
    rows = desk_collect.select_outreach(conn, state=state, text=text, limit=PAGE_SIZE, offset=_offset(number))
    return Page(rows, number, PAGE_SIZE, total)


def promises(conn: Connection, *, state: str, text: str, number: int) -> Page[PromiseRow]:
    """Page `number` of what borrowers promised, latest due first, each with its parts and its history."""
    total = desk_collect.count_promises(conn, state=state, text=text)
    number = _clamp(number, total)
    rows = desk_collect.select_promises(conn, state=state, text=text, limit=PAGE_SIZE, offset=_offset(number))
    ids = [one.id for one in rows]
    known, events = promise.promises_by_id(conn, ids), promise.histories(conn, ids)
    told = tuple(replace(one, parts=known[one.id].parts, history=events.get(one.id, ())) for one in rows)
    return Page(told, number, PAGE_SIZE, total)


def _clamp(number: int, total: int) -> int:
    return min(max(1, number), max(1, -(-total // PAGE_SIZE)))


def _offset(number: int) -> int:
    return (number - 1) * PAGE_SIZE

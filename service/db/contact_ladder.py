"""By which channels debtors can be reached, for many at once: one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from service.db.contact import proved_at
from service.db.many_ids import among_these
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach
from service.db.tables.contact import contact_point
from service.db.tables.loan import borrower
from service.domain.chat.turn import EVENT_MARK
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import State, Target


@dataclass(frozen=True, slots=True)
class Address:
    """The debtor's own newest number or account."""

    suppressed: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one row of a day, and the codes of why."""

    channel: str
    state: State
    why: frozenset[str]


def addresses(conn: Connection, borrower_ids: Sequence[str], kind: PointKind) -> dict[str, Address]:
    """Of those who have one; whose phone nobody kept yet has that of the ledger."""
    found = {}
    if kind is PointKind.PHONE:
        known = select(borrower.c.id).where(among_these(borrower.c.id, borrower_ids), borrower.c.phone != "")
        found = {one: Address(suppressed=False) for one in conn.execute(known).scalars()}
    own = (contact_point.c.kind == kind.value) & (contact_point.c.target == Target.DEBTOR.value)
    mine = select(contact_point.c.borrower_id, contact_point.c.suppressed_at).where(
        among_these(contact_point.c.borrower_id, borrower_ids), own
    )
    for row in conn.execute(mine.order_by(proved_at(), contact_point.c.id.desc())):
        found[row.borrower_id] = Address(suppressed=row.suppressed_at is not None)
    return found


def last_wrote(conn: Connection, borrower_ids: Sequence[str], *, channel: str, kind: PointKind) -> dict[str, datetime]:
    """When each last wrote there from an account that is in use, of those who ever did."""
    his = (contact_point.c.borrower_id == conversation.c.borrower_id) & (contact_point.c.kind == kind.value)
    in_use = (contact_point.c.address == conversation.c.channel_user_id) & contact_point.c.suppressed_at.is_(None)
    written = (turn.c.direction == "in") & turn.c.message_id.not_like(f"{EVENT_MARK}%")
    said = (
        select(conversation.c.borrower_id, func.max(turn.c.created_at).label("at"))
        .join(turn, turn.c.conversation_id == conversation.c.id)
        .join(contact_point, his & in_use)
        .where(among_these(conversation.c.borrower_id, borrower_ids), conversation.c.channel == channel, written)
    )
    return {row.borrower_id: row.at for row in conn.execute(said.group_by(conversation.c.borrower_id))}


def tried_on(conn: Connection, borrower_ids: Sequence[str], day: date) -> dict[str, list[Tried]]:
    """By debtor, what steps planned for a day; a reminder of a promise is no step."""
    steps = (outreach.c.business_date == day) & outreach.c.slot.startswith(day.isoformat())
    mine = select(outreach.c.borrower_id, outreach.c.channel, outreach.c.state, outreach.c.reasons)
    found: dict[str, list[Tried]] = {}
    for row in conn.execute(mine.where(among_these(outreach.c.borrower_id, borrower_ids), steps)):
        one = Tried(row.channel, State(row.state), frozenset(why["code"] for why in row.reasons))
        found.setdefault(row.borrower_id, []).append(one)
    return found


def failed(conn: Connection, borrower_ids: Sequence[str], *, since: date) -> set[tuple[str, date, str, str]]:
    """(borrower, due date, step, channel) of what certainly did not arrive, for due dates from `since` on."""
    mine = (among_these(outreach.c.borrower_id, borrower_ids)) & (outreach.c.state == State.FAILED.value)
    found = select(outreach.c.borrower_id, outreach.c.episode_on, outreach.c.step, outreach.c.channel)
    return {(one[0], one[1], one[2], one[3]) for one in conn.execute(found.where(mine, outreach.c.episode_on >= since))}

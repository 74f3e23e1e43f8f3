"""What brings cases into the people's queue and has not brought one yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, exists, func, select

from service.db.engine import one_of
from service.db.tables.chat import conversation
from service.db.tables.collect import outreach, pause, promise
from service.db.tables.desk import handover
from service.db.tables.queue import case_source
from service.domain.collect.outreach import State
from service.domain.collect.promise import PromiseState
from service.domain.collect.queue_policy import Source
from service.domain.desk.handover import TAKEN, WAITING

_SHORT = (PromiseState.PARTLY.value, PromiseState.BROKEN.value)


@dataclass(frozen=True, slots=True)
class Found:
    """`ref` is the id of the row that brings it; `what`: the stop's or the handover's reason, the step, the channel."""

    borrower_id: str
    source: Source
    ref: str
    what: str


def not_brought_yet(
    conn: Connection, *, stops: Collection[str], broken: int, since: datetime, limit: int
) -> Iterator[Found]:
    """`stops`: reasons that need a person. `broken`: so many broken promises made after `since`. At most `limit` of
    each kind."""
    yield from _outreach(conn, limit)
    yield from _pauses(conn, stops, limit)
    yield from _promises(conn, broken, since, limit)
    yield from _handovers(conn, limit)


def _new(ref: Any, *sources: Source) -> ColumnElement[bool]:
    names = [one.value for one in sources]
    return ~exists().where(case_source.c.source.in_(names), case_source.c.ref == ref)


def _outreach(conn: Connection, limit: int) -> Iterator[Found]:
    for_people = one_of(outreach.c.state, (State.FOR_PERSON, State.UNKNOWN))
    new = _new(outreach.c.id, Source.PERSON, Source.LEGAL_REVIEW, Source.UNKNOWN)
    query = select(outreach.c.id, outreach.c.borrower_id, outreach.c.state, outreach.c.step, outreach.c.reasons)
    for row in conn.execute(query.where(for_people, new).order_by(outreach.c.id).limit(limit)).all():
        yield Found(row.borrower_id, _source_of(row.state, row.reasons), row.id, row.step)


def _source_of(state: str, reasons: Any) -> Source:
    if state == State.UNKNOWN.value:
        return Source.UNKNOWN
    legal = any(one.get("code") == Source.LEGAL_REVIEW.value for one in reasons)
    return Source.LEGAL_REVIEW if legal else Source.PERSON


def _pauses(conn: Connection, stops: Collection[str], limit: int) -> Iterator[Found]:
    holds = (pause.c.ended_at.is_(None)) & pause.c.reason.in_(list(stops))
    query = select(pause.c.id, pause.c.borrower_id, pause.c.reason).where(holds, _new(pause.c.id, Source.STOP))
    for row in conn.execute(query.order_by(pause.c.started_at, pause.c.id).limit(limit)).all():
        yield Found(row.borrower_id, Source.STOP, row.id, row.reason)


def _promises(conn: Connection, broken: int, since: datetime, limit: int) -> Iterator[Found]:
    """The newest broken promise of each debtor who broke so many: one more broken promise is another reason."""
    short = promise.c.state.in_(_SHORT) & (promise.c.created_at >= since)
    many = (
        select(promise.c.borrower_id, func.count().label("times"), func.max(promise.c.created_at).label("newest"))
        .where(short)
        .group_by(promise.c.borrower_id)
        .having(func.count() >= broken)
        .subquery()
    )
    is_newest = (promise.c.borrower_id == many.c.borrower_id) & (promise.c.created_at == many.c.newest) & short
    query = select(promise.c.id, promise.c.borrower_id, many.c.times).join(many, is_newest)
    for row in conn.execute(query.where(_new(promise.c.id, Source.PROMISES)).order_by(promise.c.id).limit(limit)).all():
        yield Found(row.borrower_id, Source.PROMISES, row.id, str(row.times))


def _handovers(conn: Connection, limit: int) -> Iterator[Found]:
    """Of conversations whose borrower is known."""
    ref = cast(handover.c.id, String(64))
    joined = select(ref.label("ref"), conversation.c.borrower_id, handover.c.reason).join(
        conversation, conversation.c.id == handover.c.conversation_id
    )
    waiting = handover.c.state.in_([WAITING, TAKEN]) & conversation.c.borrower_id.is_not(None)
    query = joined.where(waiting, _new(ref, Source.HANDOVER)).order_by(handover.c.id).limit(limit)
    for row in conn.execute(query).all():
        yield Found(row.borrower_id, Source.HANDOVER, row.ref, row.reason)

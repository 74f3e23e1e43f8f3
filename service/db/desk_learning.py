"""Finds the turns that need a look, and keeps what agents say they meant; people leave here masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from service.db.tables.chat import conversation, turn
from service.db.tables.desk import agent, handover, turn_label
from service.db.tables.loan import borrower
from service.domain.desk import learning
from service.domain.desk.learning import ACCEPTED, Label, LearningRow
from service.domain.desk.mask import mask_said
from service.domain.desk.pages import Guess

MOST = 1000  # counted; who has labelled that many finds the next ones
SHOWN_GUESSES = 5
SHOWN_BEFORE = 120  # characters of what the bot had said

_said, _next, _between, _earlier = turn.alias("said"), turn.alias("next"), turn.alias("between"), turn.alias("earlier")
_LABEL = turn_label.outerjoin(agent, agent.c.id == turn_label.c.agent_id)
_COUNTS = (turn_label.c.turn_id == _said.c.id) & turn_label.c.replaced_at.is_(None)
_TYPED = (_said.c.direction == "in") & _said.c.payload.is_(None) & (_said.c.intent != "")
_NEXT_ID = (
    select(func.min(_between.c.id))
    .where(
        _between.c.conversation_id == _said.c.conversation_id, _between.c.direction == "in", _between.c.id > _said.c.id
    )
    .correlate(_said)
    .scalar_subquery()
)
_ROWS = (
    _said.join(conversation, conversation.c.id == _said.c.conversation_id)
    .outerjoin(borrower, borrower.c.id == conversation.c.borrower_id)
    .outerjoin(_next, _next.c.id == _NEXT_ID)
    .outerjoin(turn_label, _COUNTS)
    .outerjoin(agent, agent.c.id == turn_label.c.agent_id)
)


def _meanwhile(*what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something was said to the borrower between the turn and his next one."""
    inside = (_between.c.conversation_id == _said.c.conversation_id) & (_between.c.id > _said.c.id)
    return exists(select(_between.c.id).where(inside, _between.c.id < _next.c.id, *what).correlate(_said, _next))


_BUTTONS = cast(_between.c.buttons, String)
_ASKED = _meanwhile(or_(_BUTTONS.contains("/affirm"), _BUTTONS.contains("/deny"), _BUTTONS.contains("/cancel")))
_OTHERS_SPOKE = _meanwhile(_between.c.sender.in_(("outreach", "agent")))
_CORRECTED = and_(
    or_(_next.c.intent == learning.CORRECTION, and_(_next.c.intent.in_(learning.REFUSALS), ~_ASKED)), ~_OTHERS_SPOKE
)
_ASKED_FOR_PERSON = (_next.c.intent == learning.PERSON_INTENT) & ~_OTHERS_SPOKE
_REQUESTED = exists(
    select(handover.c.id)
    .where(
        handover.c.conversation_id == _said.c.conversation_id,
        handover.c.created_at >= _said.c.created_at,
        or_(_next.c.id.is_(None), handover.c.created_at < _next.c.created_at),
        handover.c.reason.not_in(learning.UNRELATED_HANDOVERS),
    )
    .correlate(_said, _next)
)
_REASONS: dict[str, ColumnElement[bool]] = {
    learning.FELL_BACK: _said.c.intent == learning.FALLBACK_INTENT,
    learning.CORRECTED: _CORRECTED,
    learning.HANDED_OVER: and_(_said.c.intent != learning.PERSON_INTENT, or_(_ASKED_FOR_PERSON, _REQUESTED)),
    learning.UNSURE: and_(_said.c.intent != learning.FALLBACK_INTENT, _said.c.confidence * 100 < learning.SURE_PERCENT),
}


def count_turns(conn: Connection, *, state: str, since: datetime) -> int:
    """How many there are, counted up to MOST. An empty `state` means: without a label."""
    some = select(_said.c.id).select_from(_ROWS).where(*_wanted(state, since)).limit(MOST)
    return conn.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def select_turns(conn: Connection, *, state: str, since: datetime, limit: int, offset: int) -> tuple[LearningRow, ...]:
    """Newest first: those said after `since` that need a look, or all with a label of this `state`.

    Of the former only the newest LOOK_THROUGH typed turns are looked at.
    """
    before = (
        select(_earlier.c.text)
        .where(
            _earlier.c.conversation_id == _said.c.conversation_id,
            _earlier.c.direction == "out",
            _earlier.c.id < _said.c.id,
        )
        .order_by(_earlier.c.id.desc())
        .limit(1)
        .correlate(_said)
        .scalar_subquery()
    )
    reasons = [condition.label(name) for name, condition in _REASONS.items()]
    chosen: Select[Any] = select(
        _said,
        borrower.c.name.label("name"),
        before.label("before"),
        _next.c.text.label("after"),
        turn_label.c.intent.label("label_intent"),
        turn_label.c.state.label("label_state"),
        turn_label.c.created_at.label("labelled_at"),
        agent.c.name.label("labelled_by"),
        *reasons,
    ).select_from(_ROWS)
    ordered = chosen.where(*_wanted(state, since)).order_by(_said.c.id.desc())
    return tuple(_row(row) for row in conn.execute(ordered.limit(limit).offset(offset)))


def is_typed(conn: Connection, turn_id: int) -> bool:
    """Whether a borrower wrote this turn and the bot read it; its row is locked until the transaction ends."""
    query = select(_said.c.id).where(_said.c.id == turn_id, _TYPED).with_for_update()
    return conn.execute(query).first() is not None


def label_of(conn: Connection, turn_id: int) -> Label | None:
    """The one that counts."""
    query = select(turn_label, agent.c.name).select_from(_LABEL)
    row = conn.execute(query.where(turn_label.c.turn_id == turn_id, turn_label.c.replaced_at.is_(None))).one_or_none()
    return None if row is None else Label(row.intent, row.state, row.name or "", row.created_at)


def labels_of(conn: Connection, turn_id: int) -> tuple[Label, ...]:
    """Every one that was ever given, oldest first."""
    query = select(turn_label, agent.c.name).select_from(_LABEL).where(turn_label.c.turn_id == turn_id)
    rows = conn.execute(query.order_by(turn_label.c.id))
    return tuple(Label(row.intent, row.state, row.name or "", row.created_at) for row in rows)


def set_label(conn: Connection, turn_id: int, *, intent: str, state: str, agent_id: str, now: datetime) -> None:
    """Whoever calls this has the turn locked; the label before it is kept, and counts no more."""
    counts = (turn_label.c.turn_id == turn_id) & turn_label.c.replaced_at.is_(None)
    conn.execute(update(turn_label).where(counts).values(replaced_at=now))
    values = {"turn_id": turn_id, "intent": intent, "state": state, "agent_id": agent_id, "created_at": now}
    conn.execute(insert(turn_label).values(**values))


def accepted(conn: Connection, *, since: datetime | None) -> tuple[tuple[str, str], ...]:
    """(masked text, intent) of every accepted label (given since `since`), in the order of the turns."""
    query = (
        select(_said.c.text, borrower.c.name, turn_label.c.intent)
        .select_from(_ROWS_OF_LABELS)
        .where(turn_label.c.state == ACCEPTED, turn_label.c.replaced_at.is_(None))
        .where(turn_label.c.created_at >= since if since is not None else true())
    )
    rows = conn.execute(query.order_by(_said.c.id))
    return tuple((mask_said(row.text, name=row.name or ""), row.intent) for row in rows)


_ROWS_OF_LABELS = (
    turn_label.join(_said, _said.c.id == turn_label.c.turn_id)
    .join(conversation, conversation.c.id == _said.c.conversation_id)
    .outerjoin(borrower, borrower.c.id == conversation.c.borrower_id)
)


def _wanted(state: str, since: datetime) -> Sequence[ColumnElement[bool]]:
    if state:
        return (turn_label.c.state == state,)
    oldest = (
        select(turn.c.id)
        .where(turn.c.direction == "in", turn.c.payload.is_(None), turn.c.intent != "", turn.c.created_at >= since)
        .order_by(turn.c.created_at.desc(), turn.c.id.desc())
        .offset(learning.LOOK_THROUGH - 1)
        .limit(1)
        .scalar_subquery()
    )
    recent = (_said.c.created_at >= since) & (_said.c.id >= func.coalesce(oldest, 0))
    return (_TYPED, recent, turn_label.c.id.is_(None), or_(*_REASONS.values()))


def _row(row: Row[Any]) -> LearningRow:
    name = row.name or ""
    guesses = [one for one in row.ranking or () if one.get("name") not in (None, "", learning.FALLBACK_INTENT)]
    return LearningRow(
        turn_id=row.id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        before=mask_said(row.before or "", name=name)[:SHOWN_BEFORE],
        text=mask_said(row.text, name=name),
        after=mask_said(row.after or "", name=name),
        intent=row.intent,
        percent=_percent(row.confidence),
        guesses=tuple(Guess(str(one["name"]), _percent(one.get("confidence"))) for one in guesses[:SHOWN_GUESSES]),
        reasons=tuple(reason for reason in _REASONS if getattr(row, reason)),
        created_at=row.created_at,
        label=Label(row.label_intent, row.label_state, row.labelled_by or "", row.labelled_at)
        if row.label_state
        else None,
    )


def _percent(share: Any) -> int:
    return round((share or 0) * 100)

"""What the gate asks of the past of one debtor besides his debt: payments, promises, stops, and what he wrote where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, exists, func, or_, select

from service.db.engine import constant, one_of
from service.db.payment import OPEN
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import pause, promise
from service.db.tables.contact import contact_attempt, contact_terms
from service.db.tables.loan import borrower, loan, receipt
from service.db.tables.payment import payment_order
from service.domain.chat.turn import EVENT_MARK
from service.domain.collect.contact import ContactTerms, Outcome
from service.domain.collect.outreach import Kind, Purpose, Stop
from service.domain.collect.promise import PromiseState


@dataclass(frozen=True, slots=True)
class Past:
    """`stops`: why automated outreach rests; `demanded_at`: when the debtor was last asked and it certainly reached
    him; `paid_at`, `posted_at`: of the payment that was posted last and stands; `written_off`: a loan that still runs
    was; `held_by_agent`: an agent has any conversation of his."""

    terms: ContactTerms | None
    stops: frozenset[Stop]
    promised_at: datetime | None
    demanded_at: datetime | None
    paid_at: datetime | None
    posted_at: datetime | None
    promise_pending: bool
    payment_pending: bool
    written_off: bool
    held_by_agent: bool


# Statements are made once: building them costs more than a small database takes to run them.
_WHO = bindparam("who")
_TERMS = tuple(contact_terms.c[name] for name in ContactTerms.__dataclass_fields__)


def _newest(
    what: ColumnElement[datetime], at: ColumnElement[datetime], mine: ColumnElement[bool]
) -> ScalarSelect[datetime]:
    return select(what).where(mine).order_by(at.desc()).limit(1).scalar_subquery()


def _latest(at: ColumnElement[datetime], *mine: ColumnElement[bool]) -> ScalarSelect[datetime]:
    return select(func.max(at)).where(*mine).scalar_subquery()


_OPEN_PAUSES = (pause.c.borrower_id == _WHO) & pause.c.ended_at.is_(None)
_REACHED = one_of(contact_attempt.c.outcome, (Outcome.CONNECTED, Outcome.DELIVERED))
_ASKED = (contact_attempt.c.kind == constant(Kind.COLLECTION)) & (
    contact_attempt.c.purpose == constant(Purpose.COLLECT)
)
_STANDS = (receipt.c.borrower_id == _WHO) & receipt.c.reversed_at.is_(None)
_ON_ITS_WAY = one_of(payment_order.c.state, OPEN)
_PAST = (
    select(
        *_TERMS,
        select(func.aggregate_strings(pause.c.reason, ",")).where(_OPEN_PAUSES).scalar_subquery(),
        _latest(promise.c.created_at, promise.c.borrower_id == _WHO),
        _latest(contact_attempt.c.at, contact_attempt.c.borrower_id == _WHO, _REACHED, _ASKED),
        _newest(receipt.c.paid_at, receipt.c.created_at, _STANDS),
        _latest(receipt.c.created_at, _STANDS),
        exists().where(promise.c.borrower_id == _WHO, promise.c.state == constant(PromiseState.PENDING)),
        exists().where(payment_order.c.borrower_id == _WHO, _ON_ITS_WAY),
        exists().where(loan.c.borrower_id == _WHO, loan.c.status == "active", loan.c.written_off_on.is_not(None)),
        exists().where(conversation.c.borrower_id == _WHO, conversation.c.owner == "agent"),
    )
    .select_from(borrower.outerjoin(contact_terms, contact_terms.c.borrower_id == borrower.c.id))
    .where(borrower.c.id == _WHO)
)

_HIS = (
    (conversation.c.borrower_id == _WHO)
    & (conversation.c.channel == bindparam("channel"))
    & or_(bindparam("address") == "", conversation.c.channel_user_id == bindparam("address"))
)
_WRITTEN = (turn.c.direction == "in") & turn.c.message_id.not_like(f"{EVENT_MARK}%")
# Of each conversation by itself: so its index is read from the end, however long it is.
_LAST_IN_EACH = select(func.max(turn.c.id)).where(turn.c.conversation_id == conversation.c.id, _WRITTEN)
_LAST = select(func.max(_LAST_IN_EACH.correlate(conversation).scalar_subquery())).where(_HIS).scalar_subquery()
_said = turn.alias("said")
_replies = turn.alias("replies")
_REPLIES = (
    select(func.count())
    .select_from(_replies.join(conversation, conversation.c.id == _replies.c.conversation_id))
    .where(_HIS, _replies.c.id > _said.c.id, _replies.c.direction == "out", _replies.c.sender != "outreach")
)
_WROTE = select(_said.c.created_at, _REPLIES.correlate(_said).scalar_subquery()).where(_said.c.id == _LAST)


def past_of(conn: Connection, borrower_id: str) -> Past:
    """In one statement: it is asked for every message. The borrower is known to exist."""
    found = conn.execute(_PAST, {"who": borrower_id}).one()
    terms, facts = found[: len(_TERMS)], found[len(_TERMS) :]
    return Past(
        ContactTerms(*terms) if terms[0] is not None else None,
        frozenset(Stop(one) for one in facts[0].split(",")) if facts[0] else frozenset(),
        *facts[1:5],
        *(bool(one) for one in facts[5:]),
    )


def wrote_on(conn: Connection, borrower_id: str, *, channel: str, address: str) -> tuple[datetime, int] | None:
    """When he last wrote there, from his present account (`address`, "" in the app), and how many messages he got since
    that are not outreach: replies of bot and agents. A menu entry that he pressed is nothing that he wrote."""
    found = conn.execute(_WROTE, {"who": borrower_id, "channel": channel, "address": address}).first()
    return (found[0], found[1]) if found is not None else None

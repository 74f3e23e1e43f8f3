"""What the gate asks of the past of one debtor besides his debt: payments, promises, and what he wrote where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, ScalarSelect, exists, func, select

from service.db.payment import OPEN
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import promise
from service.db.tables.contact import contact_attempt
from service.db.tables.loan import loan, receipt
from service.db.tables.payment import payment_order
from service.domain.chat.turn import EVENT_MARK
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Kind, Purpose
from service.domain.collect.promise import PromiseState


def last_payment(conn: Connection, borrower_id: str) -> tuple[datetime, datetime] | None:
    """(paid, posted) of the payment that was posted last and stands."""
    mine = select(receipt.c.paid_at, receipt.c.created_at).where(
        receipt.c.borrower_id == borrower_id, receipt.c.reversed_at.is_(None)
    )
    found = conn.execute(mine.order_by(receipt.c.created_at.desc()).limit(1)).first()
    return (found.paid_at, found.created_at) if found is not None else None


@dataclass(frozen=True, slots=True)
class Past:
    """`demanded_at`: when the debtor was last asked and it certainly reached him; `written_off`: a loan that still
    runs was; `held_by_agent`: an agent has any conversation of his."""

    promised_at: datetime | None
    demanded_at: datetime | None
    promise_pending: bool
    payment_pending: bool
    written_off: bool
    held_by_agent: bool


def past_of(conn: Connection, borrower_id: str) -> Past:
    """In one statement: it is asked for every message."""
    asked = (contact_attempt.c.kind == Kind.COLLECTION.value) & (contact_attempt.c.purpose == Purpose.COLLECT.value)
    reached = contact_attempt.c.outcome.in_([Outcome.CONNECTED.value, Outcome.DELIVERED.value])
    found = conn.execute(
        select(
            _latest(promise.c.created_at, promise.c.borrower_id == borrower_id),
            _latest(contact_attempt.c.at, (contact_attempt.c.borrower_id == borrower_id) & reached & asked),
            exists().where(promise.c.borrower_id == borrower_id, promise.c.state == PromiseState.PENDING.value),
            exists().where(payment_order.c.borrower_id == borrower_id, payment_order.c.state.in_(OPEN)),
            exists().where(
                loan.c.borrower_id == borrower_id, loan.c.status == "active", loan.c.written_off_on.is_not(None)
            ),
            exists().where(conversation.c.borrower_id == borrower_id, conversation.c.owner == "agent"),
        )
    ).one()
    return Past(found[0], found[1], *(bool(one) for one in found[2:]))


def _latest(at: ColumnElement[datetime], mine: ColumnElement[bool]) -> ScalarSelect[datetime]:
    return select(func.max(at)).where(mine).scalar_subquery()


def wrote_on(conn: Connection, borrower_id: str, *, channel: str, address: str) -> tuple[datetime, int] | None:
    """When he last wrote there, from his present account (`address`, "" in the app), and how many messages he got since
    that are not outreach: replies of bot and agents. A menu entry that he pressed is nothing that he wrote."""
    his = (conversation.c.borrower_id == borrower_id) & (conversation.c.channel == channel)
    if address:
        his = his & (conversation.c.channel_user_id == address)
    turns = select(turn).join(conversation, conversation.c.id == turn.c.conversation_id).where(his).subquery()
    written = (turns.c.direction == "in") & turns.c.message_id.not_like(f"{EVENT_MARK}%")
    newest = select(turns.c.id, turns.c.created_at).where(written).order_by(turns.c.id.desc())
    last = conn.execute(newest.limit(1)).first()
    if last is None:
        return None
    since = (turns.c.id > last.id) & (turns.c.direction == "out") & (turns.c.sender != "outreach")
    return last.created_at, int(conn.execute(select(func.count()).select_from(turns).where(since)).scalar_one())

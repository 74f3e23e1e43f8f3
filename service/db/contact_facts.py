"""What the gate asks of the past of one debtor besides his debt: payments, promises, and what he wrote where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from service.db.tables.chat import conversation, turn
from service.db.tables.collect import promise
from service.db.tables.contact import contact_attempt
from service.db.tables.loan import loan, receipt
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import Kind, Purpose


def last_payment(conn: Connection, borrower_id: str) -> tuple[datetime, datetime] | None:
    """(paid, posted) of the payment that was posted last and stands."""
    mine = select(receipt.c.paid_at, receipt.c.created_at).where(
        receipt.c.borrower_id == borrower_id, receipt.c.reversed_at.is_(None)
    )
    found = conn.execute(mine.order_by(receipt.c.created_at.desc()).limit(1)).first()
    return (found.paid_at, found.created_at) if found is not None else None


def last_promised(conn: Connection, borrower_id: str) -> datetime | None:
    mine = promise.c.borrower_id == borrower_id
    return conn.execute(select(func.max(promise.c.created_at)).where(mine)).scalar()


def last_demand(conn: Connection, borrower_id: str) -> datetime | None:
    """When the debtor was last asked and it certainly reached him."""
    reached = contact_attempt.c.outcome.in_([Outcome.CONNECTED.value, Outcome.DELIVERED.value])
    asked = (contact_attempt.c.kind == Kind.COLLECTION.value) & (contact_attempt.c.purpose == Purpose.COLLECT.value)
    mine = (contact_attempt.c.borrower_id == borrower_id) & reached & asked
    return conn.execute(select(func.max(contact_attempt.c.at)).where(mine)).scalar()


def written_off(conn: Connection, borrower_id: str) -> bool:
    """Whether a loan that still runs was written off."""
    mine = (loan.c.borrower_id == borrower_id) & (loan.c.status == "active") & loan.c.written_off_on.is_not(None)
    return conn.execute(select(loan.c.id).where(mine).limit(1)).first() is not None


def wrote_on(conn: Connection, borrower_id: str, *, channel: str) -> tuple[datetime, int] | None:
    """When he last wrote there, and how many messages he got since that are not outreach: replies of bot and agents."""
    his = (conversation.c.borrower_id == borrower_id) & (conversation.c.channel == channel)
    turns = select(turn).join(conversation, conversation.c.id == turn.c.conversation_id).where(his).subquery()
    newest = select(turns.c.id, turns.c.created_at).where(turns.c.direction == "in").order_by(turns.c.id.desc())
    last = conn.execute(newest.limit(1)).first()
    if last is None:
        return None
    since = (turns.c.id > last.id) & (turns.c.direction == "out") & (turns.c.sender != "outreach")
    return last.created_at, int(conn.execute(select(func.count()).select_from(turns).where(since)).scalar_one())

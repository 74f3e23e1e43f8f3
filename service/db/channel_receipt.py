"""Receipts of carriers, to and from their rows, and whom a number belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables.channel import channel_receipt
from service.db.tables.contact import contact_attempt, contact_point
from service.domain.collect.contact import UNUSED, PointKind
from service.domain.collect.outreach import Target
from service.domain.collect.receipt import Event, Reason, Receipt


def add_receipt(conn: Connection, receipt: Receipt, *, borrower_id: str | None, now: datetime) -> bool:
    """False where it was told before."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    values = {
        "channel": receipt.channel,
        "id": receipt.id,
        "outreach_id": receipt.message_id or None,
        "borrower_id": borrower_id,
        "event": receipt.event.value,
        "reason": receipt.reason.value if receipt.reason else None,
        "seconds": receipt.seconds,
        "address": receipt.address,
        "text": receipt.text,
        "at": receipt.at,
        "received_at": now,
    }
    adding = insert(channel_receipt).values(**values).on_conflict_do_nothing(index_elements=["channel", "id"])
    return conn.execute(adding.returning(channel_receipt.c.id)).first() is not None


def receipts_of(conn: Connection, outreach_id: str) -> tuple[Receipt, ...]:
    """In the order they came in."""
    mine = select(channel_receipt).where(channel_receipt.c.outreach_id == outreach_id)
    return tuple(
        Receipt(
            id=row["id"],
            channel=row["channel"],
            event=Event(row["event"]),
            at=row["at"],
            message_id=row["outreach_id"] or "",
            address=row["address"],
            reason=Reason(row["reason"]) if row["reason"] else None,
            seconds=row["seconds"],
            text=row["text"],
        )
        for row in conn.execute(mine.order_by(channel_receipt.c.received_at, channel_receipt.c.id)).mappings()
    )


def newest_to(
    conn: Connection, kind: PointKind, address: str, *, channel: str, since: datetime, until: datetime
) -> str | None:
    """The outreach that was handed over last, or perhaps was, to that number or account by `channel`."""
    sent = (
        select(contact_attempt.c.outreach_id)
        .join(contact_point, contact_point.c.id == contact_attempt.c.contact_point_id)
        .where(contact_point.c.kind == kind.value, contact_point.c.address == address)
        .where(contact_attempt.c.channel == channel, contact_attempt.c.outreach_id.is_not(None))
        .where(contact_attempt.c.outcome.not_in([one.value for one in UNUSED]))
        .where(contact_attempt.c.at.between(since, until))
    )
    newest = sent.order_by(contact_attempt.c.at.desc(), contact_attempt.c.id.desc()).limit(1)
    return conn.execute(newest).scalar()


def owners_of(conn: Connection, kind: PointKind, address: str) -> tuple[str, ...]:
    """The debtors whose own number or account it is said to be, in order. Whoever was ever written to has his here."""
    own = (contact_point.c.target == Target.DEBTOR.value) & (contact_point.c.kind == kind.value)
    mine = select(contact_point.c.borrower_id).where(own, contact_point.c.address == address).distinct()
    return tuple(conn.execute(mine.order_by(contact_point.c.borrower_id)).scalars())

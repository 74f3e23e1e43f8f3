"""Kept cards and automatic payment, to and from their rows; an event is written once and stays."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, insert, literal, select, update

from service.db.tables.autopay import autopay, autopay_event, payment_card
from service.db.tables.loan import account_statement, instalment, loan
from service.db.tables.payment import payment_order
from service.domain.loan.autopay import Autopay, Card

_CHARGES = "autopay:"


def cards_of(conn: Connection, borrower_id: str) -> tuple[Card, ...]:
    """Oldest first."""
    card = payment_card.c
    mine = select(card.id, card.bank_name, card.last_four).where(card.borrower_id == borrower_id)
    return tuple(Card(*row) for row in conn.execute(mine.order_by(card.created_at, card.id)))


def is_token_known(conn: Connection, token: str) -> bool:
    return conn.scalar(select(payment_card.c.id).where(payment_card.c.token == token)) is not None


def add_card(conn: Connection, card: Card, *, borrower_id: str, token: str, now: datetime) -> None:
    """Raises sqlalchemy's IntegrityError for a card or a token that is there."""
    conn.execute(insert(payment_card).values(**asdict(card), borrower_id=borrower_id, token=token, created_at=now))


def current(conn: Connection, borrower_id: str) -> Autopay | None:
    """None where it was never set."""
    row = conn.execute(select(autopay).where(autopay.c.borrower_id == borrower_id)).mappings().first()
    return None if row is None else Autopay(**{name: row[name] for name in Autopay.__dataclass_fields__})


def request_of(conn: Connection, borrower_id: str, key: str) -> str | None:
    """The hash of what was asked under a borrower's key, None where nothing was."""
    event = autopay_event.c
    return conn.scalar(select(event.request).where(event.borrower_id == borrower_id, event.key == key))


def change(
    conn: Connection,
    after: Autopay,
    *,
    borrower_id: str,
    key: str,
    request: str,
    kind: str,
    by: str,
    source: str,
    conversation_id: str,
    reason: str,
    now: datetime,
) -> Autopay:
    """Keep the event and what holds after it; the borrower's row must be locked. Returns it with its number."""
    no = after.version + 1
    said = {name: value for name, value in asdict(after).items() if name != "version"}
    conn.execute(
        insert(autopay_event).values(
            **said, borrower_id=borrower_id, no=no, key=key, request=request, kind=kind, by=by, source=source,
            conversation_id=conversation_id, reason=reason, created_at=now,
        )
    )  # fmt: skip
    holds = said | {"version": no, "updated_at": now}
    mine = update(autopay).where(autopay.c.borrower_id == borrower_id).values(**holds)
    if not conn.execute(mine).rowcount:
        conn.execute(insert(autopay).values(**holds, borrower_id=borrower_id))
    return Autopay(**said, version=no)


def order_key(borrower_id: str, day: date) -> str:
    """The key of the one payment order that charges a borrower's card on a day."""
    return f"{_CHARGES}{borrower_id}:{day}"


def charged_on(conn: Connection, day: date) -> list[tuple[str, str]]:
    """(borrower, token of the card) of those whose card is still to be charged on a day on which something of theirs
    falls due: the day's order is not there, or has not reached the gateway."""
    is_on = (autopay.c.enabled & (autopay.c.enabled_from <= day)) | (
        ~autopay.c.enabled & (autopay.c.enabled_from > day)
    )
    due = (
        select(loan.c.borrower_id)
        .join(instalment, instalment.c.loan_id == loan.c.id)
        .where(instalment.c.due_on == day, instalment.c.paid_on.is_(None))
        .union(
            select(loan.c.borrower_id)
            .join(account_statement, account_statement.c.loan_id == loan.c.id)
            .where(account_statement.c.due_on == day)
        )
    )
    key = literal(_CHARGES).concat(autopay.c.borrower_id).concat(f":{day}")
    asked = select(payment_order.c.id).where(payment_order.c.key == key, payment_order.c.state != "created")
    wanted = (
        select(autopay.c.borrower_id, payment_card.c.token)
        .join(payment_card, payment_card.c.id == autopay.c.card_id)
        .where(is_on, autopay.c.borrower_id.in_(due), ~asked.exists())
        .order_by(autopay.c.borrower_id)
    )
    return [(who, token) for who, token in conn.execute(wanted)]

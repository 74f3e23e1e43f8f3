"""News of money that came or went without an order of the conversation: kept with the change itself, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from service.db.many_rows import add_rows
from service.db.tables.payment import payment_news as table

RECEIVED, REVERSED = "received", "reversed"


@dataclass(frozen=True, slots=True)
class News:
    """`cause` of a reversal is bounced, charged_back, wrong_account or mistake."""

    payment_id: str
    kind: str
    borrower_id: str
    cause: str


def add_received(conn: Connection, paid: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Of (payment id, borrower id) pairs that were posted just now."""
    rows = [{"payment_id": one, "kind": RECEIVED, "borrower_id": who, "created_at": now} for one, who in paid]
    add_rows(conn, table, rows)


def add_reversed(conn: Connection, *, payment_id: str, borrower_id: str, cause: str, now: datetime) -> None:
    """Of a payment that was taken back just now. Where its coming was not told yet, its going is not either."""
    untold = (table.c.payment_id == payment_id) & table.c.told_at.is_(None)
    if conn.execute(update(table).where(untold).values(told_at=now)).rowcount:
        return
    values = {"payment_id": payment_id, "kind": REVERSED, "borrower_id": borrower_id, "cause": cause}
    conn.execute(insert(table).values(**values, created_at=now))


def untold(conn: Connection, *, limit: int) -> tuple[News, ...]:
    """Oldest first."""
    columns = [table.c[name] for name in News.__dataclass_fields__]
    waits = select(*columns).where(table.c.told_at.is_(None)).order_by(table.c.created_at, table.c.payment_id)
    return tuple(News(*row) for row in conn.execute(waits.limit(limit)))


def claim(conn: Connection, one: News, *, now: datetime) -> bool:
    """Whether it is this transaction's to tell."""
    mine = (table.c.payment_id == one.payment_id) & (table.c.kind == one.kind) & table.c.told_at.is_(None)
    return conn.execute(update(table).where(mine).values(told_at=now)).rowcount == 1

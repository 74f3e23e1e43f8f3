"""Whom the accounts of a bank's file belong to, and the lines that wait for a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select, update

from service.db.many_rows import add_rows, change_rows
from service.db.tables.loan import borrower, loan
from service.db.tables.payment_file import payment_set_aside

_ROW = payment_set_aside.c
_IDS = bindparam("ids", expanding=True)
_LOANS = select(loan.c.id, loan.c.borrower_id).where(loan.c.id.in_(_IDS))
_PEOPLE = select(borrower.c.id).where(borrower.c.id.in_(_IDS))
_KNOWN = select(_ROW.reference, _ROW.amount_fen, _ROW.paid_on).where(_ROW.reference.in_(_IDS))
_POSTED = (
    update(payment_set_aside)
    .where(_ROW.reference.in_(_IDS), _ROW.posted_at.is_(None))
    .values(posted_at=bindparam("new_posted_at"))
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Money that came in and waits: for nobody known, or from a day so long ago that a person looks at it first."""

    reference: str
    account: str
    amount_fen: int
    paid_on: date
    by: str
    created_at: datetime
    why: str


_FIELDS = tuple(one.name for one in fields(SetAside))
_COLUMNS = [_ROW[name] for name in _FIELDS]
_WAITING = select(*_COLUMNS).where(_ROW.posted_at.is_(None))


def owners_of(conn: Connection, accounts: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """(borrower id, loan id where the account is a loan's) of the accounts that are known."""
    people: dict[str, tuple[str, str | None]] = {
        one: (one, None) for one in conn.execute(_PEOPLE, {"ids": accounts}).scalars()
    }
    return people | {one.id: (one.borrower_id, one.id) for one in conn.execute(_LOANS, {"ids": accounts})}


def set_aside_before(conn: Connection, references: Sequence[str]) -> dict[str, tuple[int, date]]:
    """(fen, day) of those that were set aside, posted since or not."""
    rows = conn.execute(_KNOWN, {"ids": references})
    return {one.reference: (one.amount_fen, one.paid_on) for one in rows}


def set_aside(conn: Connection, new: Sequence[SetAside]) -> None:
    add_rows(conn, payment_set_aside, [{name: getattr(one, name) for name in _FIELDS} for one in new])


def set_aside_again(conn: Connection, changed: Sequence[SetAside]) -> None:
    """What was set aside before and waits, for another account now or another reason."""
    rows = [{"reference": one.reference, "account": one.account, "why": one.why} for one in changed]
    change_rows(conn, payment_set_aside, rows, by=("reference",))


def mark_posted(conn: Connection, references: Collection[str], *, now: datetime) -> None:
    """Those of them that waited wait no more."""
    if references:
        conn.execute(_POSTED, {"ids": list(references), "new_posted_at": now})


def waiting(conn: Connection, *, limit: int) -> tuple[SetAside, ...]:
    """What still waits, oldest first."""
    query = _WAITING.order_by(_ROW.created_at, _ROW.reference).limit(limit)
    return tuple(SetAside(*row) for row in conn.execute(query))


def set_aside_of(conn: Connection, reference: str) -> SetAside | None:
    """As it was set aside, posted since or not."""
    row = conn.execute(select(*_COLUMNS).where(_ROW.reference == reference)).first()
    return None if row is None else SetAside(*row)


def mark_accepted(conn: Connection, reference: str, *, by: str, why: str) -> None:
    """By whom it was accepted first, and why."""
    one = update(payment_set_aside).where(_ROW.reference == reference, _ROW.accepted_by == "")
    conn.execute(one.values(accepted_by=by, accepted_why=why))

"""Hardship proposals, to and from their rows, and those that a close of day has to look at, as one set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, or_, select, update

from service.db.tables.hardship import hardship_proposal as table
from service.db.tables.loan import loan
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState, Proposal

_OF = {name: table.c[name] for name in Proposal.__dataclass_fields__}
_ALL = select(*_OF.values())
_PLAN = HardshipKind.PLAN.value
_OVER_PLANS = (HardshipState.KEPT.value, HardshipState.BROKEN.value)


def add(conn: Connection, made: Proposal, *, key: str, request: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key or a second open proposal of the loan."""
    conn.execute(insert(table).values(**_values(made), key=key, request=request))


def by_key(conn: Connection, borrower_id: str, key: str) -> tuple[Proposal, str] | None:
    """The proposal made under a borrower's key, and the hash of what was asked."""
    mine = select(table).where(table.c.borrower_id == borrower_id, table.c.key == key)
    row = conn.execute(mine).mappings().first()
    return None if row is None else (_proposal(row), row["request"])


def by_id(conn: Connection, proposal_id: str) -> Proposal | None:
    row = conn.execute(_ALL.where(table.c.id == proposal_id)).mappings().first()
    return None if row is None else _proposal(row)


def of_borrower(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Proposal, ...]:
    """Newest first."""
    mine = _ALL.where(table.c.borrower_id == borrower_id).order_by(table.c.created_at.desc(), table.c.id)
    return tuple(_proposal(row) for row in conn.execute(mine.limit(limit)).mappings())


def open_of_loan(conn: Connection, loan_id: str) -> Proposal | None:
    mine = _ALL.where(table.c.loan_id == loan_id, table.c.state == HardshipState.PROPOSED.value)
    row = conn.execute(mine).mappings().first()
    return None if row is None else _proposal(row)


def last_approved_on(conn: Connection, borrower_id: str) -> date | None:
    """The latest day from which any help for this borrower counted."""
    return conn.execute(select(func.max(table.c.begins_on)).where(table.c.borrower_id == borrower_id)).scalar()


def active_with_pause(conn: Connection, pause_id: str, *, but: str) -> bool:
    """Whether another proposal still needs this rest of outreach."""
    others = select(table.c.id).where(
        table.c.pause_id == pause_id, table.c.state == HardshipState.ACTIVE.value, table.c.id != but
    )
    return conn.execute(others.limit(1)).first() is not None


def save(conn: Connection, changed: Proposal) -> None:
    """Everything but what was asked and by whom."""
    conn.execute(update(table).where(table.c.id == changed.id).values(**_values(changed)))


def to_settle(conn: Connection, *, day: date, since: date) -> list[tuple[str, str]]:
    """(borrower id, proposal id), by borrower: active ones whose day to be looked at has come, whose loan is settled
    or has left its plan; and plans over since `since` of which the ledger may say otherwise now, because a payment
    was taken back or dated back."""
    active = and_(
        table.c.state == HardshipState.ACTIVE.value,
        or_(
            table.c.next_look_on <= day,
            loan.c.status != "active",
            and_(table.c.kind == _PLAN, loan.c.plan.is_(None)),
        ),
    )
    over = and_(table.c.kind == _PLAN, table.c.state.in_(_OVER_PLANS), table.c.ended_on >= since)
    found = select(table.c.borrower_id, table.c.id).join(loan, loan.c.id == table.c.loan_id).where(or_(active, over))
    return [(row[0], row[1]) for row in conn.execute(found.order_by(table.c.borrower_id, table.c.created_at))]


def count(conn: Connection, *, state: str) -> int:
    where = [table.c.state == state] if state else []
    return conn.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def page(conn: Connection, *, state: str, limit: int, offset: int) -> Sequence[Proposal]:
    """Those that wait for a person longest first, the others newest first; an empty `state` means all."""
    where = [table.c.state == state] if state else []
    order = table.c.created_at if state == HardshipState.PROPOSED.value else table.c.created_at.desc()
    chosen = _ALL.where(*where).order_by(order, table.c.id).limit(limit).offset(offset)
    return tuple(_proposal(row) for row in conn.execute(chosen).mappings())


def _values(one: Proposal) -> dict[str, Any]:
    row = asdict(one)
    return row | {"kind": one.kind.value, "state": one.state.value, "findings": [dict(f) for f in one.findings]}


def _proposal(row: RowMapping) -> Proposal:
    values: dict[str, Any] = {name: row[name] for name in _OF}
    kind, state = HardshipKind(row["kind"]), HardshipState(row["state"])
    return Proposal(**values | {"kind": kind, "state": state, "findings": tuple(row["findings"])})

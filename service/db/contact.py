"""Contact points, agreed hours and attempts, to and from their rows; counting is in `contact_counts`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, RowMapping, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.engine import constant
from service.db.many_ids import among_these
from service.db.tables.contact import (
    contact_approval,
    contact_attempt,
    contact_point,
    contact_terms,
    contact_terms_event,
)
from service.db.tables.loan import borrower
from service.domain.collect.contact import Attempt, ContactPoint, ContactTerms, Outcome, PointKind
from service.domain.collect.outreach import By, Kind, Medium, Purpose, Target


def proved_at() -> ColumnElement[datetime]:
    """An account that was bound again is newer than one that was bound in between."""
    return func.coalesce(contact_point.c.verified_at, contact_point.c.created_at)


# What is asked for every message is made once: building it costs more than a small database takes to run it.
_OWN = (
    select(contact_point)
    .where(contact_point.c.borrower_id == bindparam("who"), contact_point.c.kind == bindparam("kind"))
    .where(contact_point.c.target == Target.DEBTOR.value)
    .order_by(proved_at().desc(), contact_point.c.id)
    .limit(1)
)
_SAME = select(contact_point.c.id).where(
    contact_point.c.kind == bindparam("kind"), contact_point.c.address == bindparam("address")
)
_OF_DEBTOR = contact_attempt.c.borrower_id == bindparam("who")
_ON_NUMBER = contact_attempt.c.contact_point_id.in_(bindparam("points", expanding=True))
_COUNTED = {
    has_number: select(contact_attempt).where(mine, contact_attempt.c.at >= bindparam("since"))
    for has_number, mine in ((False, _OF_DEBTOR), (True, _OF_DEBTOR | _ON_NUMBER))
}
_SETTLE = (
    update(contact_attempt)
    .where(contact_attempt.c.outreach_id == bindparam("outreach"))
    .where(contact_attempt.c.outcome == constant(Outcome.UNKNOWN))
    .values(outcome=bindparam("became"), reported_at=bindparam("now"))
)
_APPROVERS = select(contact_approval.c.approved_by).where(
    contact_approval.c.contact_point_id == bindparam("point"),
    contact_approval.c.purpose == bindparam("purpose"),
    contact_approval.c.approved_at >= bindparam("since"),
)


def point_id(borrower_id: str, kind: PointKind, address: str) -> str:
    return "point-" + hashlib.sha256(f"{borrower_id}|{kind}|{address}".encode()).hexdigest()[:32]


def add_point(
    conn: Connection,
    *,
    borrower_id: str,
    kind: PointKind,
    address: str,
    now: datetime,
    target: Target = Target.DEBTOR,
    relation: str = "",
    verified_at: datetime | None = None,
) -> str:
    """Its id; one that is known stays as it is."""
    made = point_id(borrower_id, kind, address)
    values = {"id": made, "borrower_id": borrower_id, "kind": kind.value, "address": address, "target": target.value}
    _add_once(conn, contact_point, values | {"relation": relation, "verified_at": verified_at, "created_at": now})
    return made


def point_by_id(conn: Connection, contact_point_id: str) -> ContactPoint | None:
    found = conn.execute(select(contact_point).where(contact_point.c.id == contact_point_id)).mappings().first()
    return _point(found) if found is not None else None


def points_of(conn: Connection, borrower_id: str) -> tuple[ContactPoint, ...]:
    """The debtor's own and those of others, oldest first."""
    mine = select(contact_point).where(contact_point.c.borrower_id == borrower_id)
    rows = conn.execute(mine.order_by(contact_point.c.created_at, contact_point.c.id)).mappings()
    return tuple(_point(row) for row in rows)


def own_point(conn: Connection, borrower_id: str, kind: PointKind) -> ContactPoint | None:
    """The debtor's newest number or account of that kind, by when it was proved his, or else told. His phone is taken
    from the ledger where none was kept."""
    whose = {"who": borrower_id, "kind": kind.value}
    found = conn.execute(_OWN, whose).mappings().first()
    if found is None and kind is PointKind.PHONE:
        person = conn.execute(
            select(borrower.c.phone, borrower.c.created_at).where(borrower.c.id == borrower_id)
        ).first()
        if person is not None:
            add_point(conn, borrower_id=borrower_id, kind=kind, address=person.phone, now=person.created_at)
            found = conn.execute(_OWN, whose).mappings().first()
    return _point(found) if found is not None else None


def suppress_point(conn: Connection, contact_point_id: str, *, reason: str, now: datetime) -> bool:
    """From now on nothing goes there; False where it was so already."""
    mine = (contact_point.c.id == contact_point_id) & contact_point.c.suppressed_at.is_(None)
    values = {"suppressed_at": now, "suppressed_reason": reason}
    return conn.execute(update(contact_point).where(mine).values(**values)).rowcount == 1


def refuse_point(conn: Connection, contact_point_id: str, *, now: datetime) -> bool:
    """Somebody who owes nothing said no; it is kept for good."""
    mine = (contact_point.c.id == contact_point_id) & contact_point.c.refused_at.is_(None)
    return conn.execute(update(contact_point).where(mine).values(refused_at=now)).rowcount == 1


def offer_to_pay(conn: Connection, contact_point_id: str, *, now: datetime) -> bool:
    """Somebody who owes nothing said of himself that he wants to pay."""
    mine = (contact_point.c.id == contact_point_id) & contact_point.c.willing_at.is_(None)
    return conn.execute(update(contact_point).where(mine).values(willing_at=now)).rowcount == 1


def terms_of(conn: Connection, borrower_id: str) -> ContactTerms | None:
    return terms_of_many(conn, [borrower_id]).get(borrower_id)


def terms_of_many(conn: Connection, borrower_ids: Sequence[str]) -> dict[str, ContactTerms]:
    mine = select(contact_terms).where(among_these(contact_terms.c.borrower_id, borrower_ids))
    return {row["borrower_id"]: ContactTerms(**row) for row in conn.execute(mine).mappings()}


def set_terms(conn: Connection, terms: ContactTerms) -> None:
    """In place of those that held; every one is kept in `contact_terms_event`."""
    values = asdict(terms)
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    adding = dialect.insert(contact_terms).values(**values)
    conn.execute(adding.on_conflict_do_update(index_elements=["borrower_id"], set_=values))
    conn.execute(insert(contact_terms_event).values(**values))


def reserve(conn: Connection, attempt: Attempt) -> bool:
    """Keep a unit of the quota before anything is sent or dialled, in the transaction that decides. False where the
    attempt is known already. The caller holds the borrower's row."""
    values = asdict(attempt) | {"reasons": list(attempt.reasons) or None}
    return _add_once(conn, contact_attempt, {name: _plain(value) for name, value in values.items()})


def attempt_by_id(conn: Connection, attempt_id: str) -> Attempt | None:
    found = conn.execute(select(contact_attempt).where(contact_attempt.c.id == attempt_id)).mappings().first()
    return _attempt(found) if found is not None else None


def last_of_outreach(conn: Connection, outreach_id: str) -> Attempt | None:
    """The newest, whatever became of it."""
    mine = select(contact_attempt).where(contact_attempt.c.outreach_id == outreach_id)
    newest = mine.order_by(contact_attempt.c.at.desc(), contact_attempt.c.id.desc()).limit(1)
    found = conn.execute(newest).mappings().first()
    return _attempt(found) if found is not None else None


def attempts_of(conn: Connection, borrower_id: str, *, since: datetime) -> tuple[Attempt, ...]:
    """Oldest first, refusals included."""
    mine = select(contact_attempt).where(contact_attempt.c.borrower_id == borrower_id, contact_attempt.c.at >= since)
    rows = conn.execute(mine.order_by(contact_attempt.c.at, contact_attempt.c.id)).mappings()
    return tuple(_attempt(row) for row in rows)


def same_address(conn: Connection, point: ContactPoint) -> tuple[str, ...]:
    """The ids under which the number or account is known, whoever's it is said to be."""
    return tuple(conn.execute(_SAME, {"kind": point.kind.value, "address": point.address}).scalars())


def attempts_counted(
    conn: Connection, borrower_id: str, *, points: Collection[str], since: datetime
) -> tuple[Attempt, ...]:
    """Everything a cap may count: of this debtor, and on this number."""
    found = conn.execute(_COUNTED[bool(points)], {"who": borrower_id, "since": since, "points": tuple(points)})
    return tuple(_attempt(row) for row in found.mappings())


def set_outcome(
    conn: Connection,
    attempt_id: str,
    *,
    to: Outcome,
    now: datetime,
    was: Collection[Outcome] = (Outcome.UNKNOWN,),
    seconds: int | None = None,
) -> bool:
    """Compare-and-swap of what became of an attempt: False where it is not (any more) one of `was`, so that a callback
    that comes twice, or too late, changes nothing."""
    mine = (contact_attempt.c.id == attempt_id) & contact_attempt.c.outcome.in_([one.value for one in was])
    values = {"outcome": to.value, "seconds": seconds, "reported_at": now}
    return conn.execute(update(contact_attempt).where(mine).values(**values)).rowcount == 1


def settle(conn: Connection, outreach_id: str, *, to: Outcome, now: datetime) -> None:
    """What became of an outreach's attempt of which nobody knew it: what a callback said before stands."""
    conn.execute(_SETTLE, {"outreach": outreach_id, "became": to.value, "now": now})


def add_approval(
    conn: Connection, contact_point_id: str, *, purpose: Purpose, by: str, reason: str, now: datetime
) -> None:
    values = {"contact_point_id": contact_point_id, "purpose": purpose.value, "approved_by": by, "approved_at": now}
    _add_once(conn, contact_approval, values | {"reason": reason})


def approvers(conn: Connection, contact_point_id: str, *, purpose: Purpose, since: datetime) -> frozenset[str]:
    asked = {"point": contact_point_id, "purpose": purpose.value, "since": since}
    return frozenset(conn.execute(_APPROVERS, asked).scalars())


def _add_once(conn: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Whether it was added. Asked of the row itself: what PostgreSQL's driver counts here is -1."""
    return conn.execute(_adding(table, conn.dialect.name), values).first() is not None


@cache
def _adding(table: Table, dialect_name: str) -> Executable:
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    keys: Sequence[str] = [column.name for column in table.primary_key]
    return dialect.insert(table).on_conflict_do_nothing(index_elements=keys).returning(*table.primary_key)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, (Kind, Medium, By, Purpose, Outcome)) else value


def _point(row: RowMapping) -> ContactPoint:
    return ContactPoint(**{**row, "kind": PointKind(row["kind"]), "target": Target(row["target"])})


def _attempt(row: RowMapping) -> Attempt:
    typed = {
        "medium": Medium(row["medium"]),
        "kind": Kind(row["kind"]),
        "purpose": Purpose(row["purpose"]),
        "by_kind": By(row["by_kind"]),
        "outcome": Outcome(row["outcome"]),
        "reasons": tuple(row["reasons"] or ()),
    }
    return Attempt(**{**row, **typed})

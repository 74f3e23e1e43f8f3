"""Wishes to contact somebody who owes nothing, to and from their rows; who agreed is in `contact`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from service.db.tables.contact import contact_attempt
from service.db.tables.queue import collection_case, contact_request
from service.domain.collect.contact import UNUSED
from service.domain.collect.outreach import Purpose
from service.domain.collect.resuming import RequestState
from service.domain.collect.third_party_request import ContactRequest

JUST_AFTER = timedelta(microseconds=1)
WAITING = RequestState.WAITING.value


def add(conn: Connection, made: ContactRequest) -> None:
    """Raises sqlalchemy's IntegrityError where one for this person and purpose waits."""
    values = asdict(made) | {"state": made.state.value, "purpose": made.purpose.value}
    conn.execute(insert(contact_request).values(**values))


def by_id(conn: Connection, request_id: str) -> ContactRequest | None:
    found = conn.execute(select(contact_request).where(contact_request.c.id == request_id)).mappings().first()
    return _request(found) if found is not None else None


def waiting_for(conn: Connection, contact_point_id: str, purpose: Purpose) -> ContactRequest | None:
    mine = (contact_request.c.contact_point_id == contact_point_id) & (contact_request.c.purpose == purpose.value)
    found = conn.execute(select(contact_request).where(mine, contact_request.c.state == WAITING)).mappings().first()
    return _request(found) if found is not None else None


def of_case(conn: Connection, case_id: str) -> tuple[ContactRequest, ...]:
    """Newest first."""
    mine = select(contact_request).where(contact_request.c.case_id == case_id)
    rows = conn.execute(mine.order_by(contact_request.c.asked_at.desc(), contact_request.c.id)).mappings()
    return tuple(_request(row) for row in rows)


def decide(conn: Connection, request_id: str, *, state: RequestState, now: datetime) -> bool:
    """Compare-and-swap; False where it was decided before."""
    mine = (contact_request.c.id == request_id) & (contact_request.c.state == WAITING)
    values = {"state": state.value, "decided_at": now}
    return conn.execute(update(contact_request).where(mine).values(**values)).rowcount == 1


def last_asked(conn: Connection, contact_point_id: str, purpose: Purpose) -> datetime | None:
    """When somebody who owes nothing was last asked for this, or perhaps was."""
    used = contact_attempt.c.outcome.not_in([one.value for one in UNUSED])
    mine = (contact_attempt.c.contact_point_id == contact_point_id) & (contact_attempt.c.purpose == purpose.value)
    return conn.execute(select(func.max(contact_attempt.c.at)).where(mine, used)).scalar()


def approvals_since(conn: Connection, contact_point_id: str, purpose: Purpose) -> datetime | None:
    """Older approvals allow nothing: they were for the contact before, for a wish that was asked before or refused, or
    for a case that is closed. None where all count."""
    used = last_asked(conn, contact_point_id, purpose)
    mine = (contact_request.c.contact_point_id == contact_point_id) & (contact_request.c.purpose == purpose.value)
    newest = select(contact_request).where(mine).order_by(contact_request.c.asked_at.desc()).limit(1)
    found = conn.execute(newest).mappings().first()
    ends = [used + JUST_AFTER] if used is not None else []
    if found is not None:
        asked = _request(found)
        closed = select(collection_case.c.closed_at).where(collection_case.c.id == asked.case_id)
        closed_at = conn.execute(closed).scalar()
        ends += [closed_at + JUST_AFTER] if closed_at is not None else []
        refused = asked.state is RequestState.REJECTED and asked.decided_at is not None
        ends.append(asked.decided_at + JUST_AFTER if refused and asked.decided_at else asked.asked_at)
    return max(ends, default=None)


def _request(row: RowMapping) -> ContactRequest:
    return ContactRequest(**{**row, "state": RequestState(row["state"]), "purpose": Purpose(row["purpose"])})

"""Requests to end a grave pause, to and from their rows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from service.db.tables.collect import pause, resume_request
from service.domain.collect.resuming import RequestState, ResumeRequest

WAITING = RequestState.WAITING.value


def add_request(conn: Connection, made: ResumeRequest) -> None:
    """Raises sqlalchemy's IntegrityError for a second that waits."""
    conn.execute(insert(resume_request).values(**asdict(made) | {"state": made.state.value}))


def request_by_id(conn: Connection, request_id: str) -> ResumeRequest | None:
    found = conn.execute(select(resume_request).where(resume_request.c.id == request_id)).mappings().first()
    return _request(found) if found is not None else None


def waiting_for(conn: Connection, pause_id: str) -> ResumeRequest | None:
    mine = (resume_request.c.pause_id == pause_id) & (resume_request.c.state == WAITING)
    found = conn.execute(select(resume_request).where(mine)).mappings().first()
    return _request(found) if found is not None else None


def requests_of(conn: Connection, borrower_id: str) -> tuple[ResumeRequest, ...]:
    """Of all his pauses, oldest first."""
    joined = select(resume_request).join(pause, pause.c.id == resume_request.c.pause_id)
    mine = joined.where(pause.c.borrower_id == borrower_id).order_by(resume_request.c.asked_at, resume_request.c.id)
    return tuple(_request(row) for row in conn.execute(mine).mappings())


def decide_request(
    conn: Connection, request_id: str, *, state: RequestState, by: str, remark: str, now: datetime
) -> bool:
    """Compare-and-swap; False where somebody decided it before."""
    mine = (resume_request.c.id == request_id) & (resume_request.c.state == WAITING)
    values = {"state": state.value, "decided_by": by, "decided_at": now, "remark": remark}
    return conn.execute(update(resume_request).where(mine).values(**values)).rowcount == 1


def _request(row: RowMapping) -> ResumeRequest:
    return ResumeRequest(**{**row, "state": RequestState(row["state"])})

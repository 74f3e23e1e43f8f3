"""A named person ends a pause, and says why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import collect
from service.db import loan as ledger
from service.db.collect import Pause
from service.domain.errors import NotFound, Refused

MACHINES = {"bot", "system", "borrower", "scheduler"}


def resume(conn: Connection, *, pause_id: str, by: str, reason: str, now: datetime) -> Pause:
    """End the pause; outreach is planned again from the next plan on, unless another pause is open. One that has
    ended stays as it ended. Raises NotFound, Refused (person_required, reason_required)."""
    if not by.strip() or by.strip().lower() in MACHINES:
        raise Refused("恢复触达需要一位具名的同事确认。", code="person_required")
    if not reason.strip():
        raise Refused("请写明恢复触达的原因。", code="reason_required")
    found = collect.pause_by_id(conn, pause_id)
    if found is None:
        raise NotFound("没有找到这次暂停。", code="pause_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    collect.end_pause(conn, pause_id, by=by.strip(), reason=reason.strip(), now=now)
    ended = collect.pause_by_id(conn, pause_id)
    assert ended is not None
    return ended

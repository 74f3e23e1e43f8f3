"""A named person stops outreach to a debtor, and says what was heard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db.collect import Pause
from service.domain.collect.resuming import named_person, stated_reason
from service.usecases.collect.pause import pause


def stop_by_hand(
    conn: Connection,
    *,
    borrower_id: str,
    reason: str,
    note: str,
    by: str,
    key: str,
    now: datetime,
    contact_point_id: str | None = None,
) -> Pause:
    """The pause and the cancelling of all that is queued are one transaction. Raises what `pause` raises, and Refused
    (person_required, reason_required)."""
    return pause(
        conn,
        borrower_id=borrower_id,
        reason=reason,
        note=stated_reason(note),
        by=named_person(by),
        now=now,
        key=key,
        contact_point_id=contact_point_id or None,
    )

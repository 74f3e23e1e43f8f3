"""Why a borrower is being left in peace now, as codes, for those who decide something else about him."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import collect


def open_stops(conn: Connection, borrower_id: str) -> tuple[str, ...]:
    """The reasons of the pauses that have not ended, sorted."""
    return tuple(sorted({one.reason.value for one in collect.open_pauses(conn, borrower_id)}))

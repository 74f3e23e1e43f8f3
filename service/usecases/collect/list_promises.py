"""What a borrower promised, newest first."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import promise as kept
from service.domain.collect.promise import Promise


def list_promises(conn: Connection, *, borrower_id: str, limit: int = 20) -> tuple[Promise, ...]:
    return kept.promises_of(conn, borrower_id, limit=limit)

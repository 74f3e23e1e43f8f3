"""The outreach log: what was sent, what was not, and why."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import collect_outreach as log
from service.domain.collect.outreach import Outreach


def list_outreach(conn: Connection, *, limit: int, borrower_id: str | None = None) -> tuple[Outreach, ...]:
    """Newest first; of one borrower, or of all."""
    return log.list_rows(conn, limit=limit, borrower_id=borrower_id)

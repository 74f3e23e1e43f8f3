"""A borrower's hardship proposals."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.domain.loan.hardship_proposal import Proposal

AT_MOST = 50


def list_hardship(conn: Connection, *, borrower_id: str) -> tuple[Proposal, ...]:
    """Newest first, at most fifty."""
    return proposals.of_borrower(conn, borrower_id, limit=AT_MOST)

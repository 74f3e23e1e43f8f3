"""Says whose conversation this is, as far as it is proved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import chat


def verified_borrower(conn: Connection, *, conversation_id: str, now: datetime) -> str | None:
    """The borrower who is proved to be in this conversation at `now`; None for everybody and everything else."""
    found = chat.conversation_of(conn, conversation_id)
    return None if found is None else found.borrower_at(now)

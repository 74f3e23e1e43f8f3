"""Tells whose token it is, if it still counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk_token
from service.domain.desk.agent_token import AgentToken
from service.usecases.desk.issue_token import token_hash


def recognise_token(conn: Connection, *, token: str, now: datetime) -> AgentToken | None:
    """None for one that was never issued, has expired or was revoked."""
    found = desk_token.with_hash(conn, token_hash(token))
    return found if found is not None and found.counts(now) else None

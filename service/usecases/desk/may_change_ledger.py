"""Whether an agent at the console may change what the ledger holds: the right that opens the operators' API to him."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk_token
from service.domain.desk.handover import Agent


def may_change_ledger(conn: Connection, *, agent: Agent, now: datetime) -> bool:
    """He holds an operator's token that counts, or gives them out; a revoked or expired token ends it here, too."""
    if agent.may_manage_tokens:
        return True
    return any(one.may_change and one.counts(now) for one in desk_token.tokens_of(conn, agent.id))

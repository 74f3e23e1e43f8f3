"""What the bearer of an agent's token may do to the ledger, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(days=365)


class TokenRole(StrEnum):
    """A viewer reads; an operator also changes what is owed."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class AgentToken:
    """A token as it is kept: never itself, only who bears it. `agent` is the name that is written to the ledger."""

    id: str
    agent_id: str
    agent: str
    role: TokenRole
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    @property
    def may_change(self) -> bool:
        return self.role is TokenRole.OPERATOR

"""Who is at the other end of a conversation, and whether that is proved at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

INAPP, WECHAT = "inapp", "wechat"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One person on one channel. `owner` is bot, waiting or agent; `verified_until` ends the proof of identity."""

    id: str
    channel: str
    channel_user_id: str
    borrower_id: str | None
    verified_until: datetime | None
    owner: str
    agent: str | None
    created_at: datetime
    updated_at: datetime

    def borrower_at(self, now: datetime) -> str | None:
        """The borrower, while it is proved that it is him who writes."""
        proved = self.verified_until is not None and now < self.verified_until
        return self.borrower_id if proved else None


def longer_proof(kept: datetime | None, given: datetime | None) -> datetime | None:
    """A later log-in lengthens the proof; an older token that arrives late never shortens it."""
    return max((at for at in (kept, given) if at is not None), default=None)

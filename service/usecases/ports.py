"""What the use cases need from outside, as protocols; `wiring.py` gives the real ones, tests the fakes beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, shifted by `offset` for demonstrations at another hour."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.offset


@dataclass(slots=True)
class FrozenClock:
    """A clock that moves only when told to."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of the bot: text, quick-reply buttons ({'title', 'payload'}), and a card for rich surfaces."""

    text: str
    buttons: tuple[Mapping[str, str], ...] = ()
    card: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the bot made of a turn. `confidence` in 0…1; `ranking` and `entities` as Rasa reports them."""

    replies: tuple[Reply, ...]
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[Mapping[str, Any], ...] = ()
    entities: tuple[Mapping[str, Any], ...] = field(default=())


class Understander(Protocol):
    def understand(
        self, *, conversation_id: str, message_id: str, text: str, context: Mapping[str, Any]
    ) -> Understanding:
        """Ask the bot. Raises `Unavailable` where it does not answer; asking again with the same id is safe."""


class Scorer(Protocol):
    """A model of how likely a debtor pays by himself soon, of facts as JSON."""

    version: str

    def score(self, facts: Mapping[str, Any]) -> Decimal:
        """0 to 1."""

    def why(self, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What moved this score most, for people."""

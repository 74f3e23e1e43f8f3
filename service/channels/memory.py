"""A sender that keeps what it was given; for tests, and for trying a policy without sending anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from service.domain.collect.compliance import Cleared


@dataclass(slots=True)
class MemorySender:
    """`before` runs before each message is kept; an error it raises is the sender's own."""

    before: Callable[[Cleared], None] | None = None
    sent: list[Cleared] = field(default_factory=list)

    def send(self, cleared: Cleared) -> int:
        if self.before is not None:
            self.before(cleared)
        self.sent.append(cleared)
        return len(self.sent)

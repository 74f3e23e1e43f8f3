"""Outreach by a voice robot: a gateway dials, reads the script and tells what became of the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from service.channels.gateway.client import MessageGateway
from service.domain.collect.compliance import Cleared


@dataclass(frozen=True, slots=True)
class VoiceSender:
    """`lasts`: the gateway ends the call by then. Nothing is said to a machine that answers: who hears it later is
    nobody's to know."""

    gateway: MessageGateway
    lasts: timedelta

    def send(self, cleared: Cleared) -> None:
        """Raises NotDelivered, Unavailable."""
        self.gateway.submit(cleared, max_seconds=int(self.lasts.total_seconds()), on_machine="hang_up")

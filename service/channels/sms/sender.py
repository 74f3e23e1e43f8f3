"""Outreach by text message: handed to a gateway, and kept in the borrower's conversation in the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.channels.gateway.client import MessageGateway
from service.domain.collect.compliance import Cleared


@dataclass(frozen=True, slots=True)
class SmsSender:
    """`say` keeps a turn, as for `InAppSender`: the text sends its reader to the app, so the app must know of it,
    and offers what may not stand in a text that others read."""

    gateway: MessageGateway
    say: Callable[..., int]

    def send(self, cleared: Cleared) -> int:
        """Raises NotDelivered, Unavailable."""
        self.gateway.submit(cleared)
        draft = cleared.draft
        return self.say(
            borrower_id=draft.borrower_id,
            message_id=f"outreach:{draft.outreach_id}",
            text=draft.text,
            buttons=draft.buttons,
            sender="outreach",
            template=draft.template,
        )

"""Outreach in the lender's app: a turn in the conversation that the borrower reads after logging in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.collect.compliance import Cleared


@dataclass(frozen=True, slots=True)
class InAppSender:
    """`say` keeps a turn for a borrower in one transaction and returns its id; it is called with borrower_id,
    message_id, text, buttons, sender and template. The same message id again is the same turn."""

    say: Callable[..., int]

    def send(self, cleared: Cleared) -> int:
        draft = cleared.draft
        return self.say(
            borrower_id=draft.borrower_id,
            message_id=f"outreach:{draft.outreach_id}",
            text=draft.text,
            buttons=draft.buttons,
            sender="outreach",
            template=draft.template,
        )

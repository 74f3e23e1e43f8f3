"""Answers what the limit is, what is used and what is left."""

from __future__ import annotations

from actions import replies
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class CheckLimit(Goal):
    action_name = "action_check_limit"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.limit(await service.limit()))

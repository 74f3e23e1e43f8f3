"""Answers what is owed now: the bill, the minimum, what is overdue."""

from __future__ import annotations

from actions import replies
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class CheckBill(Goal):
    action_name = "action_check_bill"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.bill(await service.bill(), today=turn.today))

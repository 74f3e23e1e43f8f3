"""Answers which payments arrived, and whether the one just made did."""

from __future__ import annotations

from actions import replies
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class CheckPayments(Goal):
    action_name = "action_check_payments"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.payments(await service.payments()))


class CheckArrival(Goal):
    """For "I have paid" and "did it arrive": the last payment on the books, and what to do if it is not that one."""

    action_name = "action_check_arrival"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.arrival(await service.payments()))

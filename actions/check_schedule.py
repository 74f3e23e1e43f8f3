"""Answers how much is due when, loan by loan."""

from __future__ import annotations

from actions import replies
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class CheckSchedule(Goal):
    action_name = "action_check_schedule"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.schedule(await service.schedule(), today=turn.today))

"""Answers how much is due when, loan by loan."""

from __future__ import annotations

from actions import account
from actions.general import AccountGoal
from actions.service_client import Service
from actions.turn import Outcome, Turn, say


class CheckSchedule(AccountGoal):
    action_name = "action_check_schedule"
    kind = "schedule"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        return say(*await account.schedule(turn, service))

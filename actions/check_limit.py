"""Answers what the limit is, what is used and what is left."""

from __future__ import annotations

from actions import account
from actions.general import AccountGoal
from actions.service_client import Service
from actions.turn import Outcome, Turn, say


class CheckLimit(AccountGoal):
    action_name = "action_check_limit"
    kind = "limit"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        return say(*await account.limit(turn, service))

"""Answers why a limit is not what it was, from the ledger; who is not logged in hears what it depends on."""

from __future__ import annotations

from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say


class ExplainLimit(AccountGoal):
    action_name = "action_explain_limit"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        try:
            history = await service.limit_history()
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_limit_decrease_or_frozen"))
        return say(Said("utter_limit_explained", {"explanation": history["text"]}))

"""Answers why a limit is not what it was, from the ledger; who is not logged in hears what it depends on."""

from __future__ import annotations

from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Goal, Outcome, Turn, say


class ExplainLimit(Goal):
    action_name = "action_explain_limit"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        try:
            history = await service.limit_history()
        except NotLoggedIn:
            return say(Said("utter_limit_decrease_or_frozen"))
        return say(Said("utter_limit_explained", {"explanation": history["text"]}))

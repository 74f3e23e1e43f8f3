"""Answers what settling everything today costs."""

from __future__ import annotations

from actions import replies
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class QuotePayoff(Goal):
    action_name = "action_quote_payoff"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.payoff(await service.payoff()))

"""Answers how far an application is; who waits for a person already is told where he stands."""

from __future__ import annotations

from actions import replies
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class LoanProgress(Goal):
    action_name = "action_loan_progress"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.waits_already:
            return Outcome(says=replies.queue(await service.hand_over(reason="asked"), again=True))
        return say(Said("utter_loan_progress"))

"""Answers how far an application is; who waits for a person already is told where he stands."""

from __future__ import annotations

import re

from actions import replies
from actions.general import nearest, told
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

OF_A_PERSON = re.compile("异议|投诉|协商|延期|处理|核实")  # what persons decide, and no application for a loan


class LoanProgress(Goal):
    action_name = "action_loan_progress"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.waits_already:
            return Outcome(says=replies.queue(await service.hand_over(reason="asked"), again=True))
        if turn.verified and OF_A_PERSON.search(turn.text):
            queue = await service.hand_over(reason="asked")
            return Outcome(says=replies.queue(queue, first=(Said("utter_hardship_progress"),)))
        found = await nearest(turn, service)
        return say(told(found) if found else Said("utter_loan_progress"))

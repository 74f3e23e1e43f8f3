"""Answers how far an application is: what was filed here from the ledger and the desk, what only the app knows in
general; who waits for a person already is told where he stands."""

from __future__ import annotations

from actions import hardship_wish, replies, standing
from actions.general import nearest, told
from actions.how_it_stands import how_it_stands
from actions.pause import in_court
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class LoanProgress(Goal):
    action_name = "action_loan_progress"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if court := await in_court(turn, service):
            return court
        relief = hardship_wish.of_kind(turn.text) == "relief" and not turn.asks
        if relief and not standing.STANDS.search(turn.text):
            return Outcome(then="action_ask_hardship")  # 申请停催
        if stands := await how_it_stands(turn, service, likely=True):
            return stands
        if turn.waits_already:
            return Outcome(says=replies.queue(await service.hand_over(reason="asked"), again=True))
        found = await nearest(turn, service)
        general = told(found) if found else Said("utter_loan_progress")
        if not turn.verified and standing.asked(turn.text, likely=True):
            return say(general, replies.log_in())
        return say(general)

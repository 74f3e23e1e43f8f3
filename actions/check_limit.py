"""Answers what the limit is, what is used and what is left."""

from __future__ import annotations

from actions import account, words
from actions.follow_up import follow_up
from actions.general import A_FIGURE, AccountGoal, nearest, told
from actions.service_client import Service
from actions.turn import Outcome, Turn, say


class CheckLimit(AccountGoal):
    action_name = "action_check_limit"
    kind = "limit"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if asked_on := await follow_up(turn, service):  # 里面利息占多少, after a bill
            return asked_on
        wishes_one = words.TEMPORARY.search(turn.text) and not A_FIGURE.search(turn.text)  # a person grants it
        if wishes_one and (found := await nearest(turn, service)):
            return say(told(found))
        return await super().answer(turn, service)

    async def own(self, turn: Turn, service: Service) -> Outcome:
        return say(*await account.limit(turn, service))

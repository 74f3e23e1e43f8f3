"""Answers why a limit is not what it was, from the ledger; who is not logged in hears what it depends on."""

from __future__ import annotations

import re

from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say

# Wishes less, or none, and asks for no reason; asks when it comes back.
LOWERS = re.compile(
    r"^(?!.*(?:为什么|为啥|为何|凭什么|怎么(?:就|又|会|给|被)|被|变|少了))"
    r".*(?:调低|降低|降到|降点|降一点|降一些|减少|冻结|停用|关掉|关闭|不想要|不要)(?!了额度)"
)
WHY_LESS = re.compile(
    "(?:为什么|为啥|为何|凭什么|怎么|咋)(?:就|又|会|给|被|突然)*[^，。]{0,4}(?:降|(?<!多)少|低|减|冻|没(?:了|额度)|停)|(?:降|少|低|减)了[^，。]{0,4}(?:为什么|为啥|怎么回事|原因)"
)
RETURNS = re.compile("恢复|解冻|解除|放开")


class ExplainLimit(AccountGoal):
    action_name = "action_explain_limit"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        asks_why = turn.verified and WHY_LESS.search(turn.text) and not turn.somebody_elses
        return await (self.own(turn, service) if asks_why else super().answer(turn, service))

    async def own(self, turn: Turn, service: Service) -> Outcome:
        general = LOWERS.search(turn.text) or (turn.asks and RETURNS.search(turn.text))
        if general and (clause := await nearest(turn, service)):
            return say(told(clause))
        try:
            history = await service.limit_history()
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_limit_decrease_or_frozen"))
        return say(Said("utter_limit_explained", {"explanation": history["text"]}))

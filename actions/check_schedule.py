"""Answers how much is due when, loan by loan."""

from __future__ import annotations

import re

from actions import account, months, next_instalment, nth_instalment, numerals
from actions.follow_up import elliptic
from actions.general import AccountGoal
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

NTH = re.compile(r"第(十?[一二三四五六七八九]|[二三四五六七八九]?十[一二三四五六七八九]?|\d{1,2})期")


class CheckSchedule(AccountGoal):
    action_name = "action_check_schedule"
    kind = "schedule"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if of_that := await elliptic(turn, service):
            return of_that
        if month := months.asked(turn):
            return await months.told(month, turn, service)
        if turn.form is None and (nth_instalment.is_meant(turn) or next_instalment.is_meant(turn)):
            return Outcome(then="repay_form")  # 还第5期
        if found := NTH.search(turn.text):
            return say(*await account.instalment(numerals.number(found[1]), turn, service))
        return say(*await account.schedule(turn, service))

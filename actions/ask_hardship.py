"""For who cannot pay: reminders stop, and a proposal is taken down that a rule or a person decides."""

from __future__ import annotations

import re

from actions import form, second_wish
from actions.few_days import few_days
from actions.general import EffectGoal, nearest, told
from actions.how_it_stands import how_it_stands
from actions.pause import pause, stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

GRACE = re.compile(r"宽限期|[有没]宽限|宽限(?:几|多少|多久)|(?:几|多少|三)天宽限")
ASKS_FOR = re.compile("给|申请|能|求|帮|再|可以|延")  # 能宽限几天吗 wants to be granted some


class AskHardship(EffectGoal):
    action_name = "action_ask_hardship"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if GRACE.search(turn.text) and not ASKS_FOR.search(turn.text):
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_grace"))
        if stands := await how_it_stands(turn, service):
            return stands
        if few := few_days(turn):
            return few
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        if await pause(turn, service, reason="hardship"):
            return form.opens("hardship_form", turn, Said("utter_overdue_hardship"))
        return await stop_reminders(turn, service, reason="hardship", response="utter_overdue_hardship_before_log_in")


class CannotPay(EffectGoal):
    """No plan was asked for yet, so one is offered before a person is called."""

    action_name = "action_cant_pay"

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        # 穷死了，先还五十 is heard whole.
        pays = turn.verified and "amount" in turn.entities and "pay" in second_wish.wishes(turn.text)
        return await stop_reminders(
            turn,
            service,
            reason="hardship",
            response="utter_cant_pay",
            before_log_in="utter_cant_pay_before_log_in",
            needs_person=False,
            then="repay_form" if pays else None,
        )

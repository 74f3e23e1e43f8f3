"""Answers which payments arrived, and whether the one just made did."""

from __future__ import annotations

import re

from actions import account, months, next_instalment, replies, words
from actions.after_fraud import after_fraud
from actions.general import AccountGoal
from actions.how_it_stands import how_it_stands
from actions.pause import stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

TOGETHER = re.compile("也|一起|先|提前")


class CheckPayments(AccountGoal):
    action_name = "action_check_payments"
    kind = "payments"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if month := months.asked(turn):
            return await months.told(month, turn, service)
        if months.THIS_YEAR.search(turn.text) and (summed := await months.this_year(turn, service)):
            return summed
        return say(*await account.payments(turn, service))


class CheckArrival(AccountGoal):
    """For "I have paid" and "did it arrive": the last payment on the books, and what to do if it is not that one."""

    action_name = "action_check_arrival"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.told_others:  # 已经打过了 is of the calls that were just spoken of
            return Outcome(then="action_complain")
        if words.PAID_A_PERSON.search(turn.text) and not turn.text.startswith("/"):
            return await stop_reminders(turn, service, reason="fraud", response="utter_fraud_security")
        if turn.verified and turn.form is None and TOGETHER.search(turn.text) and next_instalment.is_meant(turn):
            return Outcome(then="repay_form")  # 下个月的也一起还了
        if stands := await how_it_stands(turn, service, where_none=None):
            return stands  # 你们到底查清没有
        return after_fraud(turn) or await super().answer(turn, service)

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if order_id := turn.slots.get("last_order"):
            order = await service.order(order_id)
            if order["state"] == "pending":
                return say(Said("utter_arrival_pending", {"amount": replies.yuan(order["amount_fen"])}))
        return say(replies.arrival(await service.payments(), today=turn.today))

"""Answers which payments arrived, and whether the one just made did."""

from __future__ import annotations

import re

from actions import account, months, next_instalment, plain_wish, told_paid, words
from actions.after_fraud import after_fraud
from actions.general import AccountGoal
from actions.how_it_stands import how_it_stands
from actions.pause import stop_reminders
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
        if turn.verified and turn.form is None and plain_wish.up_to_date(turn):
            return Outcome(then="repay_form")  # 还到没有逾期
        if turn.verified and turn.form is None and TOGETHER.search(turn.text) and next_instalment.is_meant(turn):
            return Outcome(then="repay_form")  # 下个月的也一起还了
        if stands := await how_it_stands(turn, service, where_none=None):
            return stands  # 你们到底查清没有
        if goes_on := await told_paid.detail(turn, service) or await told_paid.or_ordered(turn, service):
            return goes_on
        return after_fraud(turn) or await super().answer(turn, service)

    async def own(self, turn: Turn, service: Service) -> Outcome:
        return say(*await told_paid.arrival(turn, service))

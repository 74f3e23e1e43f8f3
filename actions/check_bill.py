"""Answers what is owed now: the bill with a quote to pay it by, the minimum, what is overdue, and when to pay."""

from __future__ import annotations

import re

from actions import account, months, replies
from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say

STATED = re.compile("账单日|出账|账单[^，。]{0,4}出")


class CheckBill(AccountGoal):
    action_name = "action_check_bill"
    kind = "bill"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if month := months.asked(turn):
            return await months.told(month, turn, service)
        return say(*await account.bill(turn, service))


class CheckDueDay(AccountGoal):
    """For "on which day do I pay": the borrower's own day; who is not logged in is told where it is found."""

    action_name = "action_check_due_day"
    kind = "due_day"

    async def own(self, turn: Turn, service: Service) -> Outcome:
        try:
            if month := months.asked(turn):
                return await months.told(month, turn, service)
            bill = await service.bill()
            if STATED.search(turn.text) and bill.get("statements"):
                return say(replies.statement_days(bill, today=turn.today))
            return say(replies.due_day(bill, today=turn.today))
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_bill_date"))

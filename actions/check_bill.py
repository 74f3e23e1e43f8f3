"""Answers what is owed now: the bill with a quote to pay it by, the minimum, what is overdue, and when to pay."""

from __future__ import annotations

from actions import account, replies
from actions.follow_up import asks_last_month, last_month, of_one
from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say


class CheckBill(AccountGoal):
    action_name = "action_check_bill"
    kind = "bill"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if asks_last_month(turn):
            return await last_month(turn, service)
        return say(*await account.bill(turn, service))


class CheckDueDay(AccountGoal):
    """For "on which day do I pay": the borrower's own day; who is not logged in is told where it is found."""

    action_name = "action_check_due_day"
    kind = "due_day"

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if one := await of_one(turn, service):
            return one  # 随心借那笔什么时候还
        try:
            return say(replies.due_day(await service.bill(), today=turn.today))
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_bill_date"))

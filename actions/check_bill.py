"""Answers what is owed now: the bill, the minimum, what is overdue, and on which day to pay."""

from __future__ import annotations

from actions import replies
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Goal, Outcome, Turn, say


class CheckBill(Goal):
    action_name = "action_check_bill"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(replies.bill(await service.bill(), today=turn.today))


class CheckDueDay(Goal):
    """For "on which day do I pay": the borrower's own day; who is not logged in is told where it is found."""

    action_name = "action_check_due_day"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        try:
            return say(replies.due_day(await service.bill(), today=turn.today))
        except NotLoggedIn:
            return say(Said("utter_bill_date"))

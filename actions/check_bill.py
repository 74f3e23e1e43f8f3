"""Answers what is owed now: the bill with a quote to pay it by, the minimum, what is overdue, and when to pay."""

from __future__ import annotations

from actions import replies
from actions.follow_up import asks_last_month, last_month
from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import Json, NotLoggedIn, Quote, Refused, Service
from actions.turn import Outcome, Turn, say


class CheckBill(AccountGoal):
    action_name = "action_check_bill"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if asks_last_month(turn):
            return await last_month(turn, service)
        bill = await service.bill()
        return say(replies.bill(bill, today=turn.today, quote=await _quote_of(bill, service)))


async def _quote_of(bill: Json, service: Service) -> Quote | None:
    """The quote of a bill that was just read; None where there is nothing to pay, or it has changed meanwhile."""
    if not bill["bill_fen"]:
        return None
    try:
        made = await service.make_quote(kind="bill")
    except Refused:
        return None
    return made if made["amount_fen"] == bill["bill_fen"] else None


class CheckDueDay(AccountGoal):
    """For "on which day do I pay": the borrower's own day; who is not logged in is told where it is found."""

    action_name = "action_check_due_day"

    async def own(self, turn: Turn, service: Service) -> Outcome:
        try:
            return say(replies.due_day(await service.bill(), today=turn.today))
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_bill_date"))

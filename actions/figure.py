"""What the goals share that meet a sum or a day that no form asked for: pay it now, or promise it?"""

from __future__ import annotations

from actions import replies
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

NAMES = ("amount", "amount_word", "date")


async def take(turn: Turn, service: Service, *, without: str) -> Outcome:
    """`without` is said where there is neither; the bill's name alone asks for the bill."""
    given = {name: turn.entities[name] for name in NAMES if name in turn.entities}
    if said := turn.entities.get("no_such_day"):
        return say(Said("utter_promise_no_such_day", {"said": str(said)}))
    if not given:
        return say(Said(without))
    if given == {"amount_word": "bill"}:
        return say(replies.bill(await service.bill(), today=turn.today))
    if "utter_promise_made" in turn.last_said and not turn.names_no_day_to_pay:
        return Outcome(then="promise_form")  # and so changed: a sum or a day of it
    money = {name: value for name, value in given.items() if name != "date"}
    if turn.names_later_day and (turn.figure or money):
        return Outcome(then="promise_form")
    promise = replies.button("约定一天还", "promise_to_pay", **given)
    if "amount" in money and turn.pays_now:
        return Outcome(then="repay_form")
    if not money:
        day = {"day": replies.day(given["date"], today=turn.today)}
        if turn.names_no_day_to_pay:
            return say(Said("utter_promise_date_past", day))
        return say(Said("utter_figure_day", day, buttons=(promise,)))
    pay = replies.button("现在还款", "repay_now", **money)
    if "amount" not in money:
        return say(Said("utter_figure_word", buttons=(pay, promise)))
    amount = replies.yuan(int(money["amount"]))
    return say(Said("utter_figure_amount", {"amount": amount}, buttons=(pay, promise)))

"""Answers a bare amount or day that no form asked for: pay it now or promise it? The bill's name alone asks for it."""

from __future__ import annotations

from actions import replies, words
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class TakeFigure(Goal):
    action_name = "action_take_figure"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if words.TOO_PRIVATE.search(turn.text):
            return say(Said("utter_too_private"))
        if turn.form:  # asked for in a form, and not to be read there: 两千多
            return say(Said("utter_figure_unclear"))
        given = {name: turn.entities[name] for name in ("amount", "amount_word", "date") if name in turn.entities}
        if said := turn.entities.get("no_such_day"):
            return say(Said("utter_promise_no_such_day", {"said": str(said)}))
        if not given:
            return say(Said("utter_inform_what"))
        if given == {"amount_word": "bill"}:
            return say(replies.bill(await service.bill(), today=turn.today))
        if turn.names_later_day and (turn.figure or given.keys() & {"amount", "amount_word"}):
            return Outcome(then="promise_form")
        promise = replies.button("约定一天还", "promise_to_pay", **given)
        money = {name: value for name, value in given.items() if name != "date"}
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

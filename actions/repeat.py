"""Says the last answer again, with its buttons."""

from __future__ import annotations

from actions import known_sum, replies, told_paid
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class Repeat(Goal):
    action_name = "action_repeat"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if not turn.form and await known_sum.failed(turn, service):
            return Outcome(then="repay_form")  # 再来一次
        if not turn.said_before:
            return say(Said("utter_wordless" if turn.wordless else "utter_greet"))
        if "utter_again" in turn.last_said:
            return say(Said("utter_ask_a_person"))
        if "utter_repay_started" in turn.last_said and not turn.form:  # how it went is news, and no order made anew
            return say(*await told_paid.arrival(turn, service))
        return Outcome(says=replies.again(turn.said_before))

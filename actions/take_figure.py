"""Answers a bare amount or day that no form asked for, and a correction of what was just said."""

from __future__ import annotations

from actions import figure, replies, words
from actions.few_days import few_days
from actions.follow_up import follow_up
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say


class TakeFigure(Goal):
    action_name = "action_take_figure"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if words.TOO_PRIVATE.search(turn.text):
            return say(Said("utter_too_private"))
        if not turn.verified and "utter_log_in" in turn.last_said:
            return say(replies.log_in())  # who says who he is, is not known by it
        if turn.form:  # asked for in a form, and not to be read there: 两千多
            return say(Said("utter_figure_unclear"))
        if asked_on := await follow_up(turn, service):
            return asked_on
        if few := few_days(turn):  # 缓几天
            return few
        without = "utter_correct" if turn.intent == "correct" else "utter_inform_what"
        return await figure.take(turn, service, without=without)

"""Answers a greeting, thanks and a goodbye, each in kind."""

from __future__ import annotations

import re

from actions import words
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

THANKS = ("谢", "多谢", "感谢", "辛苦", "thank")
GOODBYE = ("再见", "拜拜", "拜了", "88", "回头聊", "先这样", "晚安", "bye")

NOTED = re.compile(r"(?:哦|噢|喔|嗯|好的?|知道|明白|收到|了解|没事|没什么|[了啊吧,，.。!！~…\s])+")


class Greet(Goal):
    action_name = "action_greet"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.after_crisis:
            return say(Said("utter_crisis_here"))
        if NOTED.fullmatch(turn.text):
            return say(Said("utter_noted"))
        if words.SCOLDS.search(turn.text):
            return say(Said("utter_ask_a_person"))
        text = turn.text.lower()
        if any(word in text for word in GOODBYE):
            return say(Said("utter_goodbye"))
        if any(word in text for word in THANKS):
            return say(Said("utter_thanks"))
        return say(Said("utter_greet"))

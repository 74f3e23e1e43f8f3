"""Answers what happens when a debt is overdue, and the fears that are asked for by name."""

from __future__ import annotations

import re

from actions.general import nearest, told
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

FAMILY = "家人|家里人|父母|爸|妈|老公|老婆|亲戚|亲友|朋友|同事|单位|公司|通讯录|联系人|别人|村里"
FEARS = (
    ("utter_consequence_family", re.compile(FAMILY)),
    ("utter_consequence_visit", re.compile("上门|来我家|到我家|找上|登门")),
    ("utter_consequence_prison", re.compile("牢|抓|判刑|犯法|犯罪|警察|拘留|刑事")),
    ("utter_consequence_court", re.compile("起诉|告我|法院|律师|打官司|仲裁|老赖|失信|冻结")),
)


class OverdueConsequence(Goal):
    action_name = "action_overdue_consequence"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        found = await nearest(turn, service)
        if found and found["strong"]:
            return say(told(found))
        if feared := next((response for response, words in FEARS if words.search(turn.text)), None):
            return say(Said(feared))
        return say(told(found) if found else Said("utter_overdue_consequence"))

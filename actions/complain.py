"""For who complains: reminders stop, a person is called, what happened is taken down in the borrower's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions import hardship_terms, pick
from actions.general import EffectGoal
from actions.how_it_stands import how_it_stands
from actions.matter import ValidateMatterForm
from actions.pause import stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

ABOUT, WORDS, CONFIRM = "complaint_about", "complaint_words", "complaint_confirm"
# What it is mostly about, and by which words that shows.
SUBJECTS = {
    "催收方式": re.compile(
        "催|骚扰|骂|恐吓|威胁|打电话|打过|接到|知道了|爆通讯录|家人|家里|爸|妈|老[公婆]|亲戚|同事|前台|朋友|单位|公司|上门"
    ),
    "客服态度": re.compile("客服|态度|不理|敷衍|服务"),
    "费用和利息": re.compile("收我|扣我|利息|罚息|手续费|费用|多收|乱收|高利|扣款|扣了"),
    "征信": re.compile("征信"),
    "信息泄露": re.compile("泄露|隐私|卖.{0,4}信息"),
    "其他": re.compile("(?!)"),
}


# What only a lender does; of an employer, 扣工资 and 没收入 are hardship.
OF_US = re.compile(
    "你们|打|骂|催|骚扰|吓|威胁|电话|[利罚]息|手续费|高利|扣(?![^，。]{0,3}(?:工资|薪))|收(?!入|成|工|到)|"
    + "|".join(SUBJECTS[one].pattern for one in ("客服态度", "信息泄露"))
)
# After words of self-harm nothing less is a complaint: 没人管我 is none.
COMPLAINS = re.compile("投诉|举报|反映|12378|^/")


class Complain(EffectGoal):
    action_name = "action_complain"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.after_crisis and not COMPLAINS.search(turn.text):
            return say(Said("utter_crisis_here"))
        if turn.told_others:  # 凭什么给我妈打电话 asks nothing
            return await self.effect(turn, service)
        hard = hardship_terms.WHY.search(turn.text) and not (COMPLAINS.search(turn.text) or OF_US.search(turn.text))
        if turn.verified and hard:
            return Outcome(then="action_cant_pay")  # 我老婆跑了，孩子没人管
        # Where none was filed these words are one.
        stands = await how_it_stands(turn, service, of="complaint", where_none=None)
        return stands or await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn, service, reason="complaint", response="utter_complaint", then="complaint_form"
        )


class ValidateComplaintForm(ValidateMatterForm):
    action_name = "validate_complaint_form"
    slots = (ABOUT, WORDS, CONFIRM)
    own = frozenset({"complaint", "stop_contact", "third_party", "overdue_consequence"})
    cancelled = "utter_complaint_not_filed"
    kind, filed, what_is_wrong = "complaint", "utter_complaint_filed", "utter_complaint_what_is_wrong"
    never = frozenset({"overdue_hardship", "cant_pay", "dispute_debt"})
    sure = re.compile("|".join(subject.pattern for name, subject in SUBJECTS.items() if name != "其他"))

    async def choices(self, service: Service) -> Sequence[Mapping[str, Any]]:
        return _choices()

    def known(self, turn: Turn, choices: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        return next(({"title": name} for name, words in SUBJECTS.items() if words.search(turn.text)), None)


class AskComplaintAbout(Goal):
    action_name = "action_ask_complaint_form_complaint_about"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_complaint_about", buttons=pick.buttons(_choices(), most=len(SUBJECTS))))


class AskComplaintWords(Goal):
    action_name = "action_ask_complaint_form_complaint_words"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_complaint_words"))


class AskComplaintConfirm(Goal):
    action_name = "action_ask_complaint_form_complaint_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        variables = {"about": turn.slots[ABOUT]["title"], "words": turn.slots[WORDS]}
        return say(Said("utter_complaint_confirm", variables))


def _choices() -> list[dict[str, Any]]:
    return [{"title": name} for name in SUBJECTS]

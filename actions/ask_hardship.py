"""For who cannot pay: reminders stop, and a proposal is taken down that a rule or a person decides."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import account, form, hardship_terms, others, replies, second_wish, words
from actions.after_fraud import after_fraud
from actions.few_days import few_days
from actions.general import A_REQUEST, EffectGoal, nearest, told
from actions.how_it_stands import how_it_stands
from actions.pause import in_court, pause, stop_reminders
from actions.replies import Said
from actions.service_client import NotTheBorrower, Service
from actions.turn import Outcome, Turn, say

GRACE = re.compile(r"宽限期|[有没]宽限|宽限(?:几|多少|多久)|(?:几|多少|三)天宽限")
# Told of, these are hardship; what else is asked of help is only to be known, unless it asks for an arrangement.
HARD = re.compile("没钱|困难|还不[起上了]|难处|压力|没能力|[撑扛]不|揭不开")
ARRANGES = re.compile(
    r"延|展期|缓|宽限|推迟|推后|晚[点些几]|分期|分[成作为几两二三四五六七八九十\d]|协商|少还|慢慢|停息|挂账|方案|每个?月|[几\d]期|个月"
)
ASKS_A_FACT = re.compile(
    "(?:可以|能|可不可以|能不能)(?:再|先|提前)*还(?:款|钱|一[点些部]分?)?(?:吗|么|不|[?？])|什么时候|啥时候|何时|多久|多长|到哪天|到几号|哪一?天|还催|会不会|有没有|是什么|啥意思"
)
# 延期到几号 asks for one's own day.
UNTIL_WHEN = re.compile("延期?[^，。]{0,4}到(?:了)?(?:什么时候|啥时候|几号|几月|哪一?天)")
ASKS_FOR = re.compile("给|申请|能|求|帮|再|可以|延")  # 能宽限几天吗 wants to be granted some


class AskHardship(EffectGoal):
    action_name = "action_ask_hardship"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if service.for_a_stranger:
            raise NotTheBorrower
        if court := await in_court(turn, service):
            return court
        if goes_on := after_fraud(turn):  # 他说能减免一半
            return goes_on
        if turn.verified and UNTIL_WHEN.search(turn.text):
            found = await nearest(turn, service)
            own = await account.schedule(turn, service)
            return say(*own, *((told(found),) if found else ()))
        if GRACE.search(turn.text) and not ASKS_FOR.search(turn.text):
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_grace"))
        if stands := await how_it_stands(turn, service):
            return stands
        if few := few_days(turn):
            return few
        if only_asks(turn) and (found := await nearest(turn, service)):
            return say(replace(told(found), buttons=(replies.button("申请协商", "overdue_hardship"),)))
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        if await pause(turn, service, reason="hardship"):
            return form.opens("hardship_form", turn, Said("utter_overdue_hardship"))
        return await stop_reminders(turn, service, reason="hardship", response="utter_overdue_hardship_before_log_in")


def only_asks(turn: Turn) -> bool:
    """罚息能免吗 wants to know; 能延期吗 asks for an arrangement, and 没钱了能免吗 tells of hardship."""
    if not turn.asks or hardship_terms.WHY.search(turn.text) or HARD.search(turn.text):
        return False
    wishes = A_REQUEST.search(turn.text) or words.ASKS_LEAVE.search(turn.text)
    return bool(ASKS_A_FACT.search(turn.text)) or not (wishes and ARRANGES.search(turn.text))


class CannotPay(EffectGoal):
    """No plan was asked for yet, so one is offered before a person is called."""

    action_name = "action_cant_pay"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.after_crisis and "amount" not in turn.entities:  # not a word about money
            return say(Said("utter_crisis_here"))
        if court := await in_court(turn, service):
            return court
        if turn.verified and others.studies(turn.text):
            return await stop_reminders(turn, service, reason="hardship", response="utter_student")
        if words.TIRED.fullmatch(turn.text):
            return say(Said("utter_tired"))
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        # 穷死了，先还五十 is heard whole.
        pays = turn.verified and "amount" in turn.entities and "pay" in second_wish.wishes(turn.text)
        return await stop_reminders(
            turn,
            service,
            reason="hardship",
            response="utter_cant_pay",
            before_log_in="utter_cant_pay_before_log_in",
            needs_person=False,
            then="repay_form" if pays else None,
        )

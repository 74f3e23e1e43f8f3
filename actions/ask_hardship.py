"""For who cannot pay: reminders stop, and a proposal is taken down that a rule or a person decides."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import (
    account,
    cannot_keep,
    form,
    hardship_terms,
    others,
    plain_wish,
    repay_help,
    replies,
    then_promise,
    words,
)
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
# What was agreed on is paid, and nothing more asked for.
PAYS_A_PLAN = re.compile(
    r"(?:[这本]期(?:的|那个)?(?:协商|方案|分期)|(?:协商|方案|分期)(?:款(?:[这本]期)?|(?:的|里|好的|方案)*[这本]期))(?:的|钱|款|先|我|要|想|就)*"
    r"[还付](?=上|掉|\d|[一二两三四五六七八九十])"
)
# 我想分期还12期 applies for one, and 分期还了三个月 tells of what was.
APPLIES = re.compile(r"(?:想|申请|能|要)[^，。]{0,2}分期|(?:\d|[一二两三四五六七八九十])\s*(?:期|个月)|了")

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
        if turn.verified and turn.form is None and _only_pays(turn):
            return Outcome(then="repay_form")
        if few := few_days(turn):
            return few
        if only_asks(turn) and (found := await nearest(turn, service)):
            return say(replace(told(found), buttons=(replies.button("申请协商", "overdue_hardship"),)))
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        if await pause(turn, service, reason="hardship"):
            if turn.form is None and repay_help.pays_first(turn):
                slots = {repay_help.SLOT: turn.text}
                return Outcome(says=(Said("utter_hardship_pays_first"),), slots=slots, then="repay_form")
            return form.opens("hardship_form", turn, Said("utter_overdue_hardship"))
        return await stop_reminders(turn, service, reason="hardship", response="utter_overdue_hardship_before_log_in")


def pays_a_plan(text: str) -> bool:
    """这期协商款还200: pays what was agreed on."""
    return bool(PAYS_A_PLAN.search(text)) and not APPLIES.search(text)


def _only_pays(turn: Turn) -> bool:
    """这期协商款还200 and 俺想还二百中不, and nothing is to be arranged."""
    if repay_help.asks_for_help(turn):
        return False
    told = hardship_terms.WHY.search(turn.text) or HARD.search(turn.text)
    if then_promise.pays_first(turn) and not told:
        return True  # 还200 剩下的能不能下个月还
    of_a_plan = pays_a_plan(turn.text) and not turn.asks and not told
    return of_a_plan or (not _tells_of_hardship(turn.text) and plain_wish.pays(turn))


def _tells_of_hardship(text: str) -> bool:
    told = (hardship_terms.WHY, HARD, ARRANGES, words.LETS_OFF, words.LESS_OR_LATER)
    return any(one.search(text) for one in told)


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
        if repay_help.HAS_MONEY.search(turn.text):
            return say(Said("utter_has_money"))
        return await cannot_keep.told(turn, service) or await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        # 穷死了，先还五十 is heard whole.
        pays = repay_help.pays_first(turn)
        return await stop_reminders(
            turn,
            service,
            reason="hardship",
            response="utter_cant_pay",
            before_log_in="utter_cant_pay_before_log_in",
            needs_person=False,
            then="repay_form" if pays else None,
        )

"""For who says it is not owed, or not so much, or was somebody else: reminders stop, what is wrong is taken down and
filed, a person checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import figure, not_understood, others, pick, repay_help, replies
from actions.general import EffectGoal, nearest, told
from actions.how_it_stands import how_it_stands
from actions.matter import ValidateMatterForm
from actions.pause import stop_reminders
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

ABOUT, WORDS, CONFIRM = "dispute_about", "dispute_words", "dispute_confirm"
HEARSAY = re.compile("听说|(?:网上|抖音|朋友圈|群里)[^，。]{0,4}(?:说|看)|有人说")  # asks whether it is so
ALL_OF_THEM = {"title": "全部借款"}


class DisputeDebt(EffectGoal):
    action_name = "action_dispute_debt"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.told_others:  # 凭什么给前台打电话说我欠钱
            return Outcome(then="action_complain")
        takes_back = turn.verified and not_understood.TAKES_BACK.search(turn.text)
        if takes_back and await not_understood.filed_something(service):
            return say(Said("utter_filed_stays"))
        # Where none was filed these words are one.
        stands = await how_it_stands(turn, service, of="dispute", where_none=None)
        if turn.verified and not stands and repay_help.HAS_NOT_SO_MUCH.fullmatch(turn.text.strip()):
            return say(figure.a_part())  # 我没那么多, said to a bill, disputes none of it
        return stands or await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(
            turn,
            service,
            reason="dispute",
            response="utter_dispute_debt",
            before_log_in="utter_dispute_debt_before_log_in",
            then="dispute_form",
        )


class ReportFraud(EffectGoal):
    action_name = "action_report_fraud"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        hears = HEARSAY.search(turn.text) and not turn.text.startswith("/")
        if hears and (found := await nearest(turn, service)) and found["strong"] and found["only_asks"]:
            return say(told(found))
        return await super().answer(turn, service)

    async def effect(self, turn: Turn, service: Service) -> Outcome:
        return await stop_reminders(turn, service, reason="fraud", response="utter_fraud_security")


class ValidateDisputeForm(ValidateMatterForm):
    action_name = "validate_dispute_form"
    slots = (ABOUT, WORDS, CONFIRM)
    own = frozenset({"dispute_debt", "already_paid", "refuse_to_pay", "fraud_security", "refund"})
    cancelled = "utter_dispute_not_filed"
    kind, filed, what_is_wrong = "dispute", "utter_dispute_filed", "utter_dispute_what_is_wrong"
    never = frozenset({"complaint", "overdue_hardship", "stop_contact", "third_party"})
    sure = re.compile(
        "没借|没有借|没办|没贷|没[买刷用做装上][过了完]?|不是(?:我|本人)|不承认|不认|冒用|冒名|盗|多收|多扣|多算|重复|不对|不一样|不符|算错|有误"
        "|还过了|还清了|已经还|没收到|没到账|对不上|没欠|用我|拿我|玩.{0,4}手机|误[点操]|孩子|儿子|女儿|老公|老婆|跑路|退货|退了|骗|身份证[^，。]{0,6}(?:丢|掉|被|泄|借)|遗失|泄露"
    )

    async def choices(self, service: Service) -> Sequence[Mapping[str, Any]]:
        return await _choices(service)

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        # 手机号也不是我的: in a dispute it belongs to what is disputed.
        of_it = turn.intent == "wrong_person" or (
            turn.intent == "third_party" and not others.is_of_the_family(turn.text)  # 他签的字
        )
        heard = replace(turn, intent="dispute_debt") if of_it else turn
        return await super().reading(heard, service)

    def known(self, turn: Turn, choices: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        loans = [one for one in choices if "loan_id" in one]
        return loans[0] if len(loans) == 1 else pick.named(turn, choices)


class AskDisputeAbout(Goal):
    action_name = "action_ask_dispute_form_dispute_about"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_dispute_about", buttons=pick.buttons(await _choices(service))))


class AskDisputeWords(Goal):
    action_name = "action_ask_dispute_form_dispute_words"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        return say(Said("utter_ask_dispute_words", {"about": turn.slots[ABOUT]["title"]}))


class AskDisputeConfirm(Goal):
    action_name = "action_ask_dispute_form_dispute_confirm"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        variables = {"about": turn.slots[ABOUT]["title"], "words": turn.slots[WORDS]}
        return say(Said("utter_dispute_confirm", variables))


async def _choices(service: Service) -> list[dict[str, Any]]:
    """Each loan that is still paid for, and all of them."""
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    loans = [{"title": one["title"], "loan_id": one["loan_id"]} for one in replies.overdue_first(active)]
    return [*loans, dict(ALL_OF_THEM)]

"""Answers what means something only where something is open (yes, no, cancel), and what is none of our business."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import figure, not_understood, pick, plain_wish, replies, words
from actions.follow_up import follow_up
from actions.general import nearest, told
from actions.pause import certain_hours
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

IS_WRONG = re.compile(r"不对|不是|错|有误|不准")
# Was filed, if anything: no form is open here that it could be about.
FILED = re.compile("撤[销回]|异议|申诉|投诉|延期|展期|协商|提额|申请|方案")
CONSENT = re.compile("授权|同意书")  # taken back, it is no form that is left
NEVER = re.compile("不可能|做梦|没门|休想|别想|门都没有")  # 还500不可能
SHORT = re.compile(r"[^？?吗么/]{2,12}")
OFFERS_A_DAY = {"utter_figure_day", "utter_few_days", "utter_promise_cannot_keep"}
PLAIN = {
    "deny": "utter_deny",
    "cancel": "utter_cancel",
    "out_of_scope": "utter_out_of_scope",
    "call_back_later": "utter_call_back_later",
    "refuse_to_pay": "utter_refuse_to_pay",
}


async def _pays_some(turn: Turn, service: Service) -> bool:
    if NEVER.search(turn.text):
        return False
    if turn.verified and plain_wish.of_a_part(turn) and plain_wish.pays_some(turn) and not turn.asks:
        return True
    if turn.verified and "amount" in turn.entities and not turn.asks and figure.PAYS.match(turn.text):
        return True  # 我就还1000 多一分没有
    if not (turn.verified and plain_wish.pays_some(turn)) or turn.asks:
        return False
    return pick.named(turn, (await service.schedule())["loans"]) is not None


class Acknowledge(Goal):
    """The classifier has to call noise something, and calls it a yes; only a plain yes is answered as one."""

    action_name = "action_acknowledge"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.after_crisis:
            return say(Said("utter_crisis_here"))
        if turn.intent == "refuse_to_pay" and turn.form is None and await _pays_some(turn, service):
            return Outcome(then="repay_form")  # 只还随心借，冰箱先不还; 还利息就行，本金先不还
        if asked_on := await follow_up(turn, service):  # 再上个月呢
            return asked_on
        if turn.intent == "out_of_scope" and words.ANGRY.search(turn.text):
            return say(Said("utter_angry"))
        if turn.intent == "affirm" and turn.affirms and OFFERS_A_DAY & turn.last_said:
            return Outcome(then="promise_form")
        settles = (
            turn.affirms if turn.intent == "affirm" else words.AFTER_ALL.fullmatch(turn.text) and "结" in turn.text
        )
        if settles and "utter_payoff" in turn.last_said:
            return Outcome(then="settle_form")  # it reads back and asks once more
        if turn.intent == "affirm" and turn.affirms:
            return say(*replies.again(turn.said_before)) if turn.figure else say(Said("utter_affirm"))
        if turn.intent == "call_back_later" and (hours := await certain_hours(turn, service)):
            return hours
        if turn.intent == "cancel" and turn.entities.keys() & {"vague_date", "date"} and not turn.form:
            return say(Said(PLAIN["call_back_later"]))  # 下个月再说吧
        filed = FILED.search(turn.text) or turn.last_said & {"utter_filed", "utter_filed_several"}
        if turn.intent == "cancel" and turn.verified and filed and await not_understood.filed_something(service):
            return say(Said("utter_filed_stays"))
        leans = turn.intent == "out_of_scope" and turn.topic and turn.leans_on_it
        if leans and (found := await nearest(turn, service)) and found["on_topic"]:
            return say(told(found))
        if turn.intent == "out_of_scope" and SHORT.fullmatch(turn.text) and not turn.asks and "amount" in turn.entities:
            return await figure.take(turn, service, without="utter_out_of_scope")  # 先弄两百嘎
        if turn.intent == "call_back_later" and words.ONLY_ASKS.fullmatch(turn.text):  # 明天呢
            return await not_understood.anywhere(turn, service)
        if turn.intent == "call_back_later" and "amount" in turn.entities and words.PAYS.search(turn.text):
            return await figure.take(turn, service, without="utter_call_back_later")  # 忙死了，晚上还三百
        if turn.intent == "cancel" and "amount" in turn.entities and not words.STOPS.search(turn.text):
            return await figure.take(turn, service, without="utter_cancel")  # 算了，还一百
        if turn.intent == "cancel" and turn.verified and words.PAYS_AFTER_ALL.fullmatch(turn.text):
            return Outcome(then="repay_form")
        if turn.intent == "affirm" or turn.noise:
            return await not_understood.anywhere(turn, service)
        if turn.intent == "out_of_scope" and words.TIRED.fullmatch(turn.text):
            return say(Said("utter_tired"))
        consent = turn.intent == "cancel" and CONSENT.search(turn.text)
        if consent and (found := await nearest(replace(turn, intent="documents"), service)):
            return say(told(found))
        if turn.intent == "cancel" and turn.waits_already:
            return say(Said("utter_cancel_waiting"))
        if turn.intent == "cancel" and ("utter_promise_made" in turn.last_said or "约" in turn.text):
            return say(Said("utter_promise_stays"))
        if turn.intent == "cancel" and "utter_repay_started" in turn.last_said:
            return say(Said("utter_cancel_too_late"))
        if turn.intent == "deny" and turn.entities.keys() & {"amount", "date"}:
            return await figure.take(turn, service, without="utter_deny")
        if turn.intent == "deny" and IS_WRONG.search(turn.text):
            return say(Said("utter_what_is_wrong"))
        return say(Said(PLAIN[turn.intent]))

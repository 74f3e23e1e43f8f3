"""Answers what is the same for everybody from the knowledge base; where no clause is near, by the intent."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import cards, hardship_wish, plain_wish, replies, told_paid, words
from actions.follow_up import follow_up
from actions.form import opens
from actions.general import A_REQUEST, nearest, told
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

OTHERWISE = {
    "apply_or_open": "utter_apply_or_open",
    "close_account": "utter_close_account",
    "repay_how": "utter_repay_how",
    "repay_failed": "utter_repay_failed",
    "installment": "utter_installment",
    "interest_and_fees": "utter_interest_and_fees",
    "credit_report": "utter_credit_report",
    "autopay_deduction": "utter_autopay_deduction",
    "change_bank_card": "utter_change_bank_card",
    "change_phone_or_account": "utter_change_phone_or_account",
    "drawdown_borrow": "utter_drawdown_borrow",
    "usage_merchant": "utter_usage_merchant",
    "refund": "utter_refund",
    "coupon_promo": "utter_coupon_promo",
    "identity_verification": "utter_identity_verification",
    "app_problem": "utter_app_problem",
    "documents": "utter_documents",
    "product_intro": "utter_product_intro",
    "bot_challenge": "utter_bot_challenge",
}

PAID_BY_MISTAKE = re.compile("[还付转点按]错|还多了|不想还了")
RELIEF = "罚息能减免吗"  # as the knowledge base asks it
COUPON = re.compile("券|活动|会员|积分|红包")
# What is owed is to be paid in parts; a new purchase in instalments is another thing.
_PARTS = r"分期|分(?:成|做|为)?\s*(?:\d{1,2}|[一二两三四五六七八九十]{1,3})\s*(?:期|个月)"
PAYS_IN_PARTS = re.compile(
    rf"^(?!/).*(?:账单|欠|逾期|这期|本期|剩下|没还).*(?:{_PARTS})|^(?!/).*(?:{_PARTS})[来慢]*(?:还|付)(?!清|完)"
)


class AnswerQuestion(Goal):
    action_name = "action_answer_question"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if asked_on := await follow_up(turn, service):
            return asked_on
        charged = turn.intent == "autopay_deduction" and told_paid.CHARGED.search(turn.text)
        if turn.verified and charged and not turn.asks:
            return say(*await told_paid.arrival(turn, service))  # 早上就扣了我的钱
        if turn.intent == "refund" and turn.slots.get("last_order") and PAID_BY_MISTAKE.search(turn.text):
            return say(Said("utter_cancel_too_late"))  # 还错了，能退吗
        if turn.intent == "repay_how" and turn.verified and turn.names_later_day and A_REQUEST.search(turn.text):
            return Outcome(then="promise_form")  # 能下周一还吗
        if turn.intent == "installment" and turn.verified and not turn.asks and PAYS_IN_PARTS.search(turn.text):
            return Outcome(then="action_ask_hardship")  # parts of what is owed are a proposal, and decided as one
        if turn.verified and not turn.asks and words.TOO_MUCH_TAKEN.search(turn.text):
            return Outcome(then="action_dispute_debt")  # 罚息多收了
        wishes = {hardship_wish.of_kind(clause) for clause in words.clauses(turn.text)}
        if turn.intent == "installment" and turn.verified and not turn.asks and wishes & {"defer", "relief"}:
            return Outcome(then="action_ask_hardship")  # 每月还1000，先缓2个月
        hard = turn.topic in {"cant_pay", "overdue_hardship"} and hardship_wish.of_kind(turn.text) == "plan"
        if turn.intent == "installment" and turn.verified and hard and words.ASKS_LEAVE.search(turn.text):
            return Outcome(then="action_ask_hardship")  # 还不起，那我分三期行么
        if cards.speaks_of_it(turn) and cards.bare_wish(turn) is not None:
            return opens("autopay_form", turn)  # 帮我关了
        if turn.verified and (form := _form(turn)):
            return opens(form, turn)
        no_coupon = turn.intent != "coupon_promo"  # 减去优惠券
        if turn.verified and turn.form is None and no_coupon and plain_wish.pays(turn):
            return Outcome(then="repay_form")  # 购物账户还500
        if turn.verified and (cards.IS_IT_ON.search(turn.text) or _asks_of_a_day(turn)):
            return say(replies.autopay(await service.autopay(), today=turn.today))
        if turn.verified and cards.WHICH_CARD.search(turn.text) and not cards.IN_ORDER.search(turn.text):
            return say(replies.autopay(await service.autopay(), today=turn.today))
        if turn.verified and turn.intent == "autopay_deduction" and cards.NOT_CHARGED.search(turn.text):
            why = await nearest(replace(turn, text="还款失败的原因", intent="repay_failed"), service)
            state = replies.autopay(await service.autopay(), today=turn.today)
            return say(state, told(why)) if why and state.response == "utter_autopay_state_on" else say(state)
        told_of_it = turn.last_said & cards.TOLD_OF_IT or turn.form in {"autopay_form", "card_form"}
        told_of_it = told_of_it or (turn.topic == "autopay_deduction" and turn.leans_on_it)
        if told_of_it and not cards.OF_ACCOUNT.search(turn.text):  # 关了会怎样
            turn = replace(turn, text=f"自动扣款{turn.text}", intent="autopay_deduction")
        if turn.intent == "coupon_promo" and await _asks_for_relief(turn, service):
            turn = replace(turn, text=RELIEF, intent="overdue_hardship")
        found = await nearest(turn, service)
        return say(told(found) if found else Said(OTHERWISE.get(turn.intent, "utter_not_understood")))


async def _asks_for_relief(turn: Turn, service: Service) -> bool:
    """Who is in arrears and asks for something off means what he owes, and is sold nothing."""
    if not turn.verified or COUPON.search(turn.text):
        return False
    return bool((await service.bill())["overdue_fen"])


def _asks_of_a_day(turn: Turn) -> bool:
    """Whether the card will be charged on the day that is named."""
    return "date" in turn.entities and bool(cards.WILL_IT.search(turn.text))


def _form(turn: Turn) -> str | None:
    """The form for what was wished; who asks how it is done is told so."""
    if turn.intent == "autopay_deduction" and cards.autopay_wish(turn) is not None:
        return "autopay_form"
    if turn.intent in {"change_bank_card", "autopay_deduction"} and cards.changes_card(turn):
        return "card_form"
    return None

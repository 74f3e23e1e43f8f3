"""What the goals share that meet noise: guesses first, a person at last; in a form, what the form can take."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import (
    account,
    figure,
    hardship_terms,
    hardship_wish,
    known_sum,
    next_instalment,
    nth_instalment,
    others,
    plain_wish,
    repay_help,
    replies,
    so_many,
    told_paid,
    who_writes,
    words,
)
from actions.after_fraud import after_fraud
from actions.asked_for import asked_for
from actions.few_days import few_days
from actions.general import nearest, told
from actions.history import FALLBACK_INTENT
from actions.pause import ill, in_court, stop_reminders
from actions.repay_wish import pays_the_rest
from actions.replies import Button, Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

ONLY_PAYS = re.compile("(?:那|我|就|先|只|光|单|想|要)*[还付](?!了|过|没|差|欠)")
SETTLES_ONE = re.compile(
    "^(?:那|就|我|还是)*(?:全|都)?结(?:清|了|掉)?(?:吧|了吧)[。.!！]*$|(?<![不别没])(?:只|先|就|单)结(?![婚果束账合构论识算交伴])(?!了婚)"
    "|(?<![总了小凝])结(?![婚果束账合构论识算交伴])[^，。]{0,6}笔(?!了)"
)
TAKES_BACK = re.compile("撤[销回]|不投诉了|不异议了|不申请了")
# More is told of what was filed: 我又想起来一点要补充.
SUPPLEMENTS = re.compile("补充|补一[下句点]|(?:又|再|刚)想起(?:来)?|加上(?:去|一[句点])|漏了?(?:说|写)")
OF_A_PAYMENT = {"repay_failed", "repay_now", "repay_status", "already_paid"}
GUESSES = 3
TRIES, TRIES_IN_A_FORM = 2, 3
# What the buttons say; intents that nobody should be offered as a guess (crisis, wrong_person …) are not here.
TITLES = {
    "query_credit_limit": "查额度",
    "limit_increase": "想提额",
    "limit_decrease_or_frozen": "额度降了或被冻结",
    "apply_or_open": "怎么开通",
    "close_account": "注销账户",
    "query_bill": "查账单",
    "bill_date": "账单日、还款日",
    "query_repayment_plan": "还款计划",
    "query_payments": "还款记录",
    "repay_now": "现在还款",
    "repay_how": "怎么还款",
    "repay_failed": "还款或扣款失败",
    "repay_status": "还款到账了吗",
    "early_settlement": "提前结清",
    "partial_or_min_payment": "先还一部分",
    "installment": "分期",
    "interest_and_fees": "利息和费用",
    "overdue_consequence": "逾期的影响",
    "overdue_hardship": "还款困难、想协商",
    "credit_report": "征信",
    "autopay_deduction": "自动扣款",
    "change_bank_card": "换银行卡",
    "change_phone_or_account": "换手机号或账号",
    "drawdown_borrow": "借款、提现",
    "loan_progress": "申请进度",
    "usage_merchant": "哪里能用",
    "refund": "退款",
    "coupon_promo": "优惠券",
    "fraud_security": "被盗用、诈骗",
    "identity_verification": "身份验证",
    "app_problem": "App 打不开或出错",
    "documents": "结清证明、合同",
    "product_intro": "产品介绍",
    "complaint": "投诉",
    "promise_to_pay": "约定还款日",
    "already_paid": "我已经还了",
    "cant_pay": "暂时还不上",
    "dispute_debt": "对欠款有异议",
    "stop_contact": "不想再收到提醒",
    "bot_challenge": "你是谁",
}


async def filed_something(service: Service) -> bool:
    """Whether anything was filed that is not decided yet."""
    return any(one["state"] == "waiting" for one in (await service.filed())["filed"])


def in_a_form(turn: Turn) -> Said:
    """Said before the form asks again."""
    if turn.waits:
        return Said("utter_form_waits")
    if turn.intent == "affirm" and not turn.noise:
        return Said("utter_form_yes_unclear")
    return Said("utter_form_stuck" if turn.not_understood >= TRIES_IN_A_FORM else "utter_form_not_understood")


async def anywhere(turn: Turn, service: Service) -> Outcome:
    """Where no form is open."""
    if turn.after_crisis:
        return say(Said("utter_crisis_here"))
    if words.TOO_PRIVATE.search(turn.text):
        return say(Said("utter_too_private"))
    if turn.somebody_elses:
        return say(Said("utter_only_own"))
    if turn.told_others:
        return Outcome(then="action_complain")
    too_much = words.TOO_MUCH_TAKEN.search(turn.text) and not turn.asks
    if turn.verified and (others.kin_used_it(turn.text) or too_much):
        return Outcome(then="action_dispute_debt")
    if turn.somebody_else_wrote and turn.is_the_borrower:
        return say(Said("utter_borrower_is_back"))
    if turn.verified and others.old_number(turn.text):
        return await who_writes.stops(turn, service)
    if court := await in_court(turn, service):
        return court
    if turn.verified and TAKES_BACK.search(turn.text) and await filed_something(service):
        return say(Said("utter_filed_stays"))
    if turn.verified and SUPPLEMENTS.search(turn.text) and not turn.asks and await filed_something(service):
        queue = await service.hand_over(reason="asked")
        return Outcome(says=replies.queue(queue, again=turn.waits_already, first=(Said("utter_matter_supplement"),)))
    if goes_on := after_fraud(turn):
        return goes_on
    if turn.verified and not turn.asks and not service.for_a_stranger and others.ill_oneself(turn.text):
        return await ill(turn, service)
    if words.TIRED.fullmatch(turn.text):
        return say(Said("utter_tired"))
    asks = turn.asks or turn.leans_on_it
    if asks and (found := await nearest(turn, service)) and (found["strong"] or found["on_topic"]):
        return say(told(found))
    if turn.verified and words.THREATENED.search(turn.text):
        return say(Said("utter_threatened"))
    if words.BAD_GOODS.search(turn.text) and (found := await nearest(replace(turn, intent="usage_merchant"), service)):
        return say(told(found))
    if words.LETS_OFF.search(turn.text) and (found := await nearest(replace(turn, intent="overdue_hardship"), service)):
        return say(told(found))
    if words.IN_TURNS.search(turn.text) and turn.intent == FALLBACK_INTENT and "amount" not in turn.entities:
        return say(Said("utter_in_turns"))
    if words.PAID_A_PERSON.search(turn.text) and not turn.asks:
        return await stop_reminders(turn, service, reason="fraud", response="utter_fraud_security")
    if words.LAWYER.search(turn.text) and not turn.asks:
        return await stop_reminders(turn, service, reason="third_party", response="utter_third_party")
    of_court = words.COURT.search(turn.text)  # 法院传票都发来了
    if of_court and (found := await nearest(replace(turn, intent="overdue_consequence"), service)):
        return say(told(found))
    wishes_relief = any(hardship_wish.of_kind(clause) == "relief" for clause in words.clauses(turn.text))
    if turn.verified and wishes_relief and not turn.asks:
        return Outcome(then="action_ask_hardship")
    if figure.WHERE_TO.search(turn.text):
        return await figure.take(turn, service, without="utter_not_understood")
    if words.STANDS.search(turn.text):
        return Outcome(then="promise_form")
    if few := few_days(turn):
        return few
    if turn.verified and repay_help.HAS_MONEY.search(turn.text) and not turn.asks:
        return say(Said("utter_has_money"))
    if turn.verified and repay_help.NOT_SO_MUCH.search(turn.text):
        return say(figure.a_part())
    if words.NEEDS_HELP.search(turn.text):
        return Outcome(then="action_ask_hardship")
    wants = repay_help.pays_first(turn) or hardship_terms.PARTS.search(turn.text)
    if turn.verified and wants and hardship_terms.WHY.search(turn.text):
        return Outcome(then="action_ask_hardship")  # 我失业了，先还500，剩下的分12期
    if turn.verified and not turn.asks and hardship_terms.WHY.search(turn.text):
        said = {"response": "utter_cant_pay", "before_log_in": "utter_cant_pay_before_log_in"}  # 我孩子在ICU
        return await stop_reminders(turn, service, reason="hardship", needs_person=False, **said)
    if turn.verified and (told_of := await _told_of_a_payment(turn, service)):
        return told_of
    if turn.verified and not turn.asks and SETTLES_ONE.search(turn.text) and not turn.names_later_day:
        return Outcome(then="settle_form")  # 那结吧, 太多了 只结冰箱
    if "utter_payoff" in turn.last_said and turn.entities.get("amount_word") == "all" and not turn.asks:
        return Outcome(then="repay_form")  # the figure has just been told; said again, it is wanted
    if words.ASKS_ON.fullmatch(turn.text) and turn.entities.get("amount_word") == "all":
        return say(replies.payoff(await service.make_quote(kind="all")))
    wishes = not turn.asks or words.ASKS_LEAVE.search(turn.text)
    if wishes and turn.entities.get("amount_word") == "all" and words.SETTLES.search(turn.text):
        return Outcome(then="settle_form")
    if turn.verified and turn.asks and (kinds := asked_for(turn.text)):
        return await account.told(kinds, turn, service)
    if turn.verified and (_wants_to_pay(turn) or await _pays_one(turn, service)):
        return Outcome(then="repay_form")
    pays_then = words.PAYS.search(turn.text) and not re.search("[没不]", words.ASKS_LEAVE.sub("", turn.text))
    pays_then = pays_then and "再说" not in turn.text
    if turn.verified and "vague_date" in turn.entities and pays_then and wishes and not words.DONE.search(turn.text):
        return Outcome(then="promise_form")  # 明年再还行吗
    if "date" in turn.offered and figure.PAYS_THEN.fullmatch(turn.text):
        return Outcome(then="promise_form")
    names_one = "amount_word" in turn.entities and words.PAYS.search(turn.text)  # 还最低
    names_some = names_one and not words.DONE.search(turn.text)
    if (turn.entities.keys() & {"amount", "date"} or names_some) and turn.intent == FALLBACK_INTENT and wishes:
        return await figure.take(turn, service, without="utter_not_understood")
    angry = words.ANGRY.search(turn.text)
    if turn.not_understood >= TRIES:
        queue = await service.hand_over(reason="not_understood")
        first = Said("utter_angry" if angry else "utter_gave_up")
        return Outcome(says=replies.queue(queue, again=turn.waits_already, first=(first,)))
    if angry:
        return say(Said("utter_angry"))
    if turn.wordless:
        return say(Said("utter_wordless"))
    if not turn.noise and (found := await nearest(turn, service)) and found["strong"]:
        return say(told(found))  # 我要补充材料 asks nothing, and is answered all the same
    if turn.noise or not (likely := guesses(turn.ranking)):
        return say(Said("utter_not_understood"))
    return say(Said("utter_did_you_mean", buttons=(*likely, replies.button("转人工", "human_agent"))))


async def _told_of_a_payment(turn: Turn, service: Service) -> Outcome | None:
    """What the classifier did not make out of a payment that was made, was ordered, or failed."""
    if ordered := await told_paid.or_ordered(turn, service):
        return ordered
    if told_paid.tells(turn):
        return say(*await told_paid.arrival(turn, service))
    if known_sum.just_told(turn):
        return Outcome(then="repay_form")  # 行 还上吧
    if words.TOO_MUCH.fullmatch(turn.text) and any(name.startswith("utter_bill") for name in turn.last_said):
        return say(figure.a_part())
    again = known_sum.TRY_AGAIN.fullmatch(turn.text.strip())
    return (
        Outcome(then="repay_form") if again and (turn.topic in OF_A_PAYMENT or turn.slots.get("last_order")) else None
    )


def _wants_to_pay(turn: Turn) -> bool:
    plainly = plain_wish.pays(turn) or plain_wish.pays_roughly(turn)
    by_instalments = so_many.said(turn) is not None or next_instalment.is_meant(turn) or nth_instalment.is_meant(turn)
    return plainly or by_instalments or plain_wish.at_once(turn) or pays_the_rest(turn)


async def _pays_one(turn: Turn, service: Service) -> bool:
    """只还平板: no sum, and the loan is named."""
    if turn.asks or turn.names_later_day or not ONLY_PAYS.match(turn.text):
        return False
    return await figure.names_loan(turn, service)


def guesses(ranking: tuple[str, ...]) -> tuple[Button, ...]:
    likely = [name for name in ranking if name in TITLES][:GUESSES]
    return tuple(replies.button(TITLES[name], name) for name in likely)

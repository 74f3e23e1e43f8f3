"""What to do when a message is not understood: guesses first, the second time in a row a person."""

from __future__ import annotations

import re

from actions import replies
from actions.general import nearest, told
from actions.replies import Button, Said
from actions.service_client import Service
from actions.turn import Goal, Outcome, Turn, say

GUESSES = 3
ANGRY = re.compile(
    r"[操草艹]你|他?妈的|尼玛|傻[逼比叉b]|煞笔|\bsb\b|王八|混蛋|畜生|滚|垃圾|骗子|不要脸|cnm|tmd|nmsl", re.IGNORECASE
)
TRIES_IN_A_FORM = 3
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


class FallBack(Goal):
    action_name = "action_fall_back"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.form:
            stuck = turn.not_understood >= TRIES_IN_A_FORM
            return say(Said("utter_form_stuck" if stuck else "utter_form_not_understood"))
        if turn.after_crisis:
            return say(Said("utter_crisis_here"))
        angry = ANGRY.search(turn.text)
        if turn.asks and (found := await nearest(turn, service)) and found["strong"]:
            return say(told(found))
        if turn.not_understood >= 2:
            queue = await service.hand_over(reason="not_understood")
            first = Said("utter_angry" if angry else "utter_gave_up")
            return Outcome(says=replies.queue(queue, again=turn.waits_already, first=(first,)))
        if angry:
            return say(Said("utter_angry"))
        if turn.wordless:
            return say(Said("utter_wordless"))
        if not (likely := guesses(turn.ranking)):
            return say(Said("utter_not_understood"))
        return say(Said("utter_did_you_mean", buttons=(*likely, replies.button("转人工", "human_agent"))))


def guesses(ranking: tuple[str, ...]) -> tuple[Button, ...]:
    likely = [name for name in ranking if name in TITLES][:GUESSES]
    return tuple(replies.button(TITLES[name], name) for name in likely)

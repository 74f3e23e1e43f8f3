"""Answers what happens when a debt is overdue, and the fears that are asked for by name."""

from __future__ import annotations

import re

from actions import plain_wish, replies, words
from actions.few_days import few_days
from actions.follow_up import follow_up
from actions.general import nearest, told
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import Goal, Outcome, Turn, say

FAMILY = "家人|家里人|父母|爸|妈|老公|老婆|亲戚|亲友|朋友|同事|单位|公司|通讯录|联系人|别人|村里"
# In this order: 催收会上门吗 is about the visit.
FEARS = (
    ("utter_consequence_family", re.compile(FAMILY)),
    ("utter_consequence_visit", re.compile("上门|来我家|到我家|找上|登门")),
    ("utter_consequence_prison", re.compile("牢|抓|判刑|犯法|犯罪|警察|拘留|刑事")),
    ("utter_consequence_court", re.compile("起诉|告我|法院|律师|打官司|仲裁|老赖|失信|冻结")),
    ("utter_consequence_reminders", re.compile("催|提醒|打.{0,3}电话")),
)
# The borrower's own days and penalty, not what becomes of them: 再逾期几天会怎样 is.
HOW_LONG = re.compile(
    r"逾期了?(?:几天|几期|多少期|多少天|多久|多长|多少)(?!.*[会就才])|(?:罚息|逾期费用?).{0,4}(?:多少|几|[这那]么多)"
    r"|(?:今天|现在|目前)(?!.*(?:要是|如果|晚))[^，。]{0,6}罚息|还在宽限期"
)

# 还清逾期 wants to pay what is overdue.
PAYS_IT = re.compile(
    "(?=.*还)[我就先想要帮给把现在马上]*(?:还[清上掉了]?)?(?:所有|全部)?的?逾期(?:的|款|部分|金额|账单|欠款)*(?:都|全)?(?:还[清上掉了]?)?[吧。]*"
)
COUNTS = re.compile("算.{0,3}逾期")  # asked of a day, or of an hour of the last one

# 要是我还500，还逾期吗.
STILL_OVERDUE = re.compile("还.*(?:逾期|欠)")


class OverdueConsequence(Goal):
    action_name = "action_overdue_consequence"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if asked_on := await follow_up(turn, service):  # 那罚息呢
            return asked_on
        if turn.verified and not turn.asks and words.TOO_MUCH_TAKEN.search(turn.text):
            return Outcome(then="action_dispute_debt")  # 罚息多收了
        if not turn.asks and (few := few_days(turn)):  # 就晚一个礼拜
            return few
        if turn.verified and HOW_LONG.search(turn.text):
            return say(replies.bill(await service.bill(), today=turn.today))
        if turn.verified and turn.asks and COUNTS.search(turn.text):
            return say(replies.due_day(await service.bill(), today=turn.today))
        if turn.verified and turn.form is None and (PAYS_IT.fullmatch(turn.text) or _orders(turn)):
            return Outcome(then="repay_form")
        supposes = turn.asks or turn.text.rstrip("。.").endswith("吧")  # 还了这500就不逾期了吧
        if turn.verified and supposes and turn.entities.get("amount") and STILL_OVERDUE.search(turn.text):
            return say(await _after_paying(int(turn.entities["amount"]), service))
        found = await nearest(turn, service)
        if found and found["strong"]:
            return say(told(found))
        if feared := next((response for response, words in FEARS if words.search(turn.text)), None):
            return say(Said(feared))
        return say(told(found) if found else Said("utter_overdue_consequence"))


def _orders(turn: Turn) -> bool:
    return plain_wish.pays(turn) or plain_wish.at_once(turn)


async def _after_paying(fen: int, service: Service) -> Said:
    """How it would stand after a payment, which is not made."""
    try:
        plan = await service.payment_plan(kind="amount", amount_fen=fen, loan_id=None)
    except Refused as refusal:
        return replies.refused(refusal.detail)
    left, amount = plan["after"]["overdue_fen"], {"amount": replies.yuan(fen)}
    if not left:
        return Said("utter_repay_after_paying_none", amount)
    return Said("utter_repay_after_paying", {**amount, "overdue": replies.yuan(left)})

"""Answers what settling everything today costs, as a quote that can be paid by its number until the day ends."""

from __future__ import annotations

import re

from actions import account, day_meant, figure, next_instalment, pick, second_wish, so_many, words
from actions.general import AccountGoal, nearest, told
from actions.repay_wish import pays_the_rest
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

# A wish to settle, and no question what it costs; a pressed button asks.
WISHES = re.compile(r"^(?!/).*(?:我想|我要|想要|帮我|给我|申请|办理?|打算|准备).*(?:结清|还清|还完|提前还)")

# 提前一天还有优惠吗, 提前把本金还一部分可以减少利息吗.
NOT_ALL = re.compile("优惠|打折|便宜|折扣|减免|少收|少点|一?部分|一点|一些")
A_PART = re.compile("还[^，。]{0,3}(?:一?部分|一点|一些)|(?:一?部分|一点|一些)[^，。]{0,3}[还付]")


class QuotePayoff(AccountGoal):
    action_name = "action_quote_payoff"
    kind = "payoff"
    own_figures = True

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.verified and words.STANDS.search(turn.text):
            return Outcome(then="promise_form")  # 我那个约定能提前吗
        if figure.PROMISE_TOLD & turn.last_said and day_meant.moved(turn.today, text=turn.text):
            return Outcome(then="promise_form")  # 提前两天
        return await super().answer(turn, service)

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if "utter_payoff" in turn.last_said and turn.form is None and "amount_word" in turn.entities and not turn.asks:
            return Outcome(then="repay_form")  # the figure has just been told; said again, it is wanted
        if turn.asks and NOT_ALL.search(turn.text) and (found := await nearest(turn, service)):
            return say(told(found))
        if turn.form is None and not turn.asks and A_PART.search(turn.text) and words.PAYS.search(turn.text):
            return Outcome(then="repay_form")  # 我想提前还一点
        part = "amount" in turn.entities and not words.SETTLES.search(turn.text)
        if turn.form is None and (part or turn.entities.get("amount_word") == "half") and _wishes(turn):
            return Outcome(then="repay_form")  # 我想提前还五千, 提前还本金行吗，还五千
        if turn.form is None and pays_the_rest(turn) and (await service.bill()).get("statements"):
            return Outcome(then="repay_form")  # 剩下的全还, of a statement of which the minimum was paid
        if turn.form is None and (next_instalment.is_meant(turn) or so_many.said(turn) is not None):
            return Outcome(then="repay_form")
        if turn.form is None and (sums := await so_many.what_they_are(turn, service)):
            return say(sums)  # 还两期要多少
        if turn.form is None and not turn.text.startswith("/") and await _one_of_several(turn, service):
            return Outcome(then="settle_form")  # 能提前把平板那笔结了吗: that one is read back, and no other
        typed = turn.form is None and not turn.asks and not turn.text.startswith("/")
        if typed and turn.entities.get("amount_word") == "bill" and words.PAYS.search(turn.text):
            return Outcome(then="repay_form")  # 这期全还
        if typed and WISHES.search(turn.text):
            return Outcome(then="settle_form")
        return say(*await account.payoff(turn, service))


async def _one_of_several(turn: Turn, service: Service) -> bool:
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    return pick.named(turn, active) is not None and (len(active) > 1 or not turn.asks)


def _wishes(turn: Turn) -> bool:
    """A wish, or leave asked for it, among whatever is asked besides."""
    leave = words.ASKS_LEAVE.search(turn.text)
    return not turn.asks or bool(leave) or "pay" in second_wish.wishes(turn.text)

"""Answers what is owed now: the bill with a quote to pay it by, the minimum, what is overdue, and when to pay."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import account, months, replies, second_wish, words
from actions.follow_up import ONE_OF_THEM, of_all_loans, of_one, of_the_sum
from actions.general import AccountGoal, nearest, told
from actions.replies import Said
from actions.service_client import NotLoggedIn, Service
from actions.turn import Outcome, Turn, say

PUTS_OFF = re.compile("拖|缓|推|延|约")  # 最晚能拖到哪天
ORDERS = re.compile(
    r"(?:^|[，,。\s])(?:我|那|就|先|要|想)*[还付](?!了|过|款|多少|什么|没|有|差|剩|欠|[上得]?不)[^，。]{0,8}"
    "[这本]期"
)
STATED = re.compile("账单日|出账|账单[^，。]{0,4}出")
CHANGED = re.compile("[改换调][^，。变少多]{0,8}$|[能可想要怎][^，。]{0,6}[改换调]")
TO_CHANGE_A_DAY = "能不能改还款日"  # as the knowledge base asks it


class CheckBill(AccountGoal):
    action_name = "action_check_bill"
    kind = "bill"
    own_figures = True

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if month := months.asked(turn):
            return await months.told(month, turn, service)
        if (
            turn.form is None
            and not turn.asks
            and turn.entities.get("amount_word") == "bill"
            and ORDERS.search(turn.text)
        ):
            return Outcome(then="repay_form")  # 随心借不急 先还冰箱这期
        if asked_on := await of_all_loans(turn, service) or await of_the_sum(turn, service):
            return asked_on
        if not turn.somebody_elses and ONE_OF_THEM.search(turn.text):
            due = {str(item["loan_id"]) for item in (await service.bill())["items"]}
            if one := await of_one(turn, service, but=due):
                return one  # 随心借那笔还多少, of which nothing is due yet
        pays = turn.form is None and turn.asks and "pay" in second_wish.wishes(turn.text)
        return Outcome(says=await account.bill(turn, service), then="repay_form" if pays else None)


class CheckDueDay(AccountGoal):
    """For "on which day do I pay": the borrower's own day; who is not logged in is told where it is found."""

    action_name = "action_check_due_day"
    kind = "due_day"

    async def answer(self, turn: Turn, service: Service) -> Outcome:
        if turn.verified and words.STANDS.search(turn.text):
            return Outcome(then="promise_form")  # 我之前约的哪天
        if turn.verified and words.HOW_LATE.search(turn.text) and PUTS_OFF.search(turn.text):
            latest = replies.day((await service.promises())["latest_on"], today=turn.today)
            return say(Said("utter_promise_latest", {"latest": latest}))
        return await super().answer(turn, service)

    async def own(self, turn: Turn, service: Service) -> Outcome:
        if one := await of_one(turn, service):
            return one  # 随心借那笔什么时候还
        try:
            if month := months.asked(turn):
                return await months.told(month, turn, service)
            bill = await service.bill()
            if STATED.search(turn.text) and bill.get("statements"):
                days = replies.statement_days(bill, today=turn.today)
                changed = replace(turn, text=TO_CHANGE_A_DAY) if CHANGED.search(turn.text) else None
                found = await nearest(changed, service) if changed else None
                return say(days, told(found)) if found else say(days)
            return say(replies.due_day(bill, today=turn.today))
        except NotLoggedIn:
            found = await nearest(turn, service)
            return say(told(found) if found else Said("utter_bill_date"))

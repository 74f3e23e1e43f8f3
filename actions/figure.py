"""What the goals share that meet a sum or a day that no form asked for: pay it now, or promise it?"""

from __future__ import annotations

import re
from dataclasses import replace

from actions import pick, plain_wish, promise_parts, replies, words
from actions.general import nearest, told
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

# 先还最低 wants to pay; 还了最低 tells of it, 还差五百 counts, and 五百 alone may be for another day.
PAYS = re.compile(r"(?:那|我|就|先|再|只|给|帮|想|要|行|好|吧|算了|[,，\s])*[还付交](?![了过的没是差剩欠要有能在不])")
WHY = re.compile("[那这]?(?:为什么|为何|为啥|凭什么|怎么会|咋会)")  # 为啥是1块4 asks, and pays nothing
PAYS_THEN = re.compile("[那就要想我]*还(?:款|钱|掉)?[吧啊呢。.!！]*")  # said to a day that was just named
# There is none: what is paid is charged to the borrower's own card.
# 给购物账户还500, 这个账号不是我的 and 别给我账号发短信 ask for none.
_ENDS = r"(?=$|[\s，,。.!！?？吧呗啊呀我]|转|打|汇)"
WHERE_TO = re.compile(
    "^(?!.*(?:别|不要|不许|不准|勿)[^，。]{0,4}[给发])"
    rf".*(?:(?:给|发|报)[^，。]{{0,4}}(?:账号|卡号|二维码|收款码|(?:个|收款|对公)账户){_ENDS}"
    rf"|(?:账号|卡号|收款码|二维码)[^，。不]{{0,3}}(?:[给发](?:我|一?下|过来|个)*{_ENDS}|多少|是(?:多少|什么|啥|哪))"
    "|扫(?:一下|个?码)|往哪[转打]|转到哪|打到哪)",
    re.DOTALL,
)
HOW = "怎么还款"  # as the knowledge base asks it
A_SUM_EACH = re.compile(r"[两二三四五]笔[^，。]{0,2}(?:各|都|每笔|分别)[^，。]{0,3}[还付]")
A_MONTH = re.compile("每个?月|一个月[^，。]{0,3}[还付]")
# After these a sum or a day changes the promise that was told.
PROMISE_TOLD = {
    "utter_promise_made", "utter_promise_made_parts", "utter_promise_stands_pending", "utter_promise_cannot_keep",
}  # fmt: skip
NAMES = ("amount", "amount_word", "date")


def a_part() -> Said:
    """How a part is paid, with buttons for it: made here because Rasa takes the braces of a payload in domain.yml for a
    slot's."""
    least = replies.button("还最低", "repay_now", amount_word="minimum")
    return Said("utter_partial_or_min_payment", buttons=(least, replies.button("还其他金额", "repay_now")))


async def take(turn: Turn, service: Service, *, without: str) -> Outcome:
    """`without` is said where there is neither; the bill's name alone asks for the bill."""
    given = {name: turn.entities[name] for name in NAMES if name in turn.entities}
    if said := turn.entities.get("no_such_day"):
        return say(Said("utter_promise_no_such_day", {"said": str(said)}))
    of_a_loan = turn.entities.keys() & {"loan_sum", "loan_day"} and words.PAYS.search(turn.text)
    if of_a_loan and turn.verified and not turn.asks and not turn.names_later_day:
        return Outcome(then="repay_form")  # 还5000那笔
    if "utter_few_days" in turn.last_said and turn.entities.keys() & {"amount", "date", "vague_date"} and not turn.asks:
        return Outcome(then="promise_form")
    if given.keys() == {"date"} and turn.day == turn.today and turn.pays_now and words.PAYS.search(turn.text):
        return Outcome(then="repay_form")  # 马上还
    if WHERE_TO.search(turn.text) and (found := await nearest(replace(turn, text=HOW, intent="repay_how"), service)):
        return say(told(found))  # 账号给我，我转五百
    if "utter_in_turns" in turn.last_said and given.keys() & {"amount", "amount_word"} and not turn.asks:
        return Outcome(then="promise_form")  # 每次180
    if "amount" in given and A_SUM_EACH.search(turn.text) and not turn.names_later_day:
        return say(Said("utter_repay_one_sum"))  # 两笔各还200
    if "amount" in given and words.EVERY_FEW_DAYS.search(turn.text):
        return say(a_part())
    if promise_parts.undated(promise_parts.parts_in(turn.entities)) and not turn.asks:
        return Outcome(then="promise_form")  # 分两次，一次200
    settles = "utter_payoff" in turn.last_said or re.search("结(?!婚|果|束|账)", turn.text)
    if settles and "amount" not in given and not turn.asks and await names_loan(turn, service):
        return Outcome(then="settle_form")  # 只结冰箱那笔
    if turn.verified and plain_wish.up_to_date(turn):
        return Outcome(then="repay_form")
    may_pay = not turn.asks or words.ASKS_LEAVE.search(turn.text)  # 300行不
    if "utter_partial_or_min_payment" in turn.last_said and given.keys() == {"amount"} and may_pay:
        return Outcome(then="repay_form")  # 告诉我金额就行, and it is told
    asks_besides = turn.asks and given.keys() == {"date"}  # 最晚今晚几点
    if asks_besides and (found := await nearest(turn, service)) and (found["strong"] or found["on_topic"]):
        return say(told(found))
    if "vague_date" in turn.entities and not given and typed_to_pay(turn):
        return Outcome(then="promise_form")  # 冬至那天还
    if not given or WHY.match(turn.text):
        return say(Said(without))
    if given == {"amount_word": "bill"}:
        return say(replies.bill(await service.bill(), today=turn.today))
    if PROMISE_TOLD & turn.last_said and not turn.names_no_day_to_pay:
        return Outcome(then="promise_form")  # and so changed: a sum or a day of it
    if "utter_payoff" in turn.last_said and given == {"amount_word": "all"} and not turn.asks:
        return Outcome(then="repay_form")  # the figure has just been told; said again, it is wanted
    if "amount" in given and A_MONTH.search(turn.text) and not turn.asks:
        return Outcome(then="action_ask_hardship")  # 想每月还五百 is paid in parts, and no payment
    pays = any(PAYS.match(one) for one in words.clauses(turn.text))
    if "date" not in given and "vague_date" not in turn.entities and pays and not turn.asks:
        return Outcome(then="repay_form")
    if (
        given.keys() == {"amount"}
        and typed_to_pay(turn)
        and "vague_date" not in turn.entities
        and await names_loan(turn, service)
    ):
        return Outcome(then="repay_form")  # 冰箱还五百
    money = {name: value for name, value in given.items() if name != "date"}
    today = turn.today.isoformat()
    in_parts = any((one.due_on or today) > today for one in promise_parts.parts_in(turn.entities))  # 一半今天，一半月底
    named_a_day = in_parts or turn.names_later_day or ("date" in turn.offered and "date" not in given)
    if named_a_day and (turn.figure or money):
        return Outcome(then="promise_form")
    promise = replies.button("约定一天还", "promise_to_pay", **given)
    if "amount" in money and turn.pays_now:
        return Outcome(then="repay_form")
    if not money:
        day = {"day": replies.day(given["date"], today=turn.today)}
        if turn.names_no_day_to_pay:
            return say(Said("utter_promise_date_past", day))
        return say(Said("utter_figure_day", day, buttons=(promise,)))
    pay = replies.button("现在还款", "repay_now", **money)
    if "amount" not in money:
        return say(Said("utter_figure_word", buttons=(pay, promise)))
    amount = replies.yuan(int(money["amount"]))
    return say(Said("utter_figure_amount", {"amount": amount}, buttons=(pay, promise)))


def typed_to_pay(turn: Turn) -> bool:
    return bool(words.PAYS.search(turn.text)) and not turn.text.startswith("/") and not turn.asks


async def names_loan(turn: Turn, service: Service) -> bool:
    return turn.verified and pick.named(turn, (await service.schedule())["loans"]) is not None

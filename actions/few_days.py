"""What is offered to who wants no more than a few days: a day to pay, and the application as a button."""

from __future__ import annotations

import re
from datetime import timedelta

from actions import day_meant, replies
from actions.hardship_terms import WHY
from actions.replies import Said
from actions.turn import Outcome, Turn, say

# A few days are no matter of months: a day to pay can be agreed on at once.
FEW_DAYS = re.compile(
    r"(?:缓|晚|迟|拖|推|延|宽限|给我)[^，。,月年]{0,4}(?:[几一二两三四五六七\d]|十[几来]?)个?(?:天|日(?!子))|(?:缓|晚|迟|拖|推|延|宽限)[^，。,月年]{0,4}[一1两2]个?(?:星期|礼拜|周)|(?:[几一二两三四五六七\d])天(?:以?后)?再还"
    r"|^(?:那|我|就)?(?:可以|能|能不能|可不可以)?晚一?[点些]儿?再?还?款?(?:吗|行吗|行不行|可以吗|不)?[?？]*$"
)
# Told of hardship, or asked what being late does.
NO_WISH = re.compile(
    rf"{WHY.pattern}|没钱|困难|还不[起上了]|难处|负债|压力|协商|申请|分期|减免|停息|罚|征信|影响|后果|会不会|算不算|算逾期"
)


# 宽限到下周一 names the day.
UNTIL = re.compile("(?:宽限|缓|延期?|推迟?|拖|晚)到")
SOON = timedelta(days=31)


def _until_soon(turn: Turn) -> bool:
    soon = turn.day is not None and turn.today < turn.day <= turn.today + SOON
    return soon and bool(UNTIL.search(turn.text) or FEW_DAYS.search(turn.text))  # 晚两天还，27号发工资


def few_days(turn: Turn) -> Outcome | None:
    """The offer of a day to pay, where no more than a few days are wished and nothing hard is told."""
    moved = FEW_DAYS.search(turn.text) or day_meant.moved(turn.today, text=turn.text)
    if "utter_promise_made" in turn.last_said and moved and not turn.asks:
        return Outcome(then="promise_form")  # and so moved
    if turn.verified and not turn.form and _until_soon(turn) and not NO_WISH.search(turn.text):
        return Outcome(then="promise_form")
    if not turn.verified or turn.form or not FEW_DAYS.search(turn.text) or NO_WISH.search(turn.text):
        return None
    buttons = (
        replies.button("约定还款日", "promise_to_pay"),
        replies.button("还款有困难，申请协商", "overdue_hardship"),
    )
    return say(Said("utter_few_days", buttons=buttons))

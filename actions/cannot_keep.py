"""Hears that a promised day cannot be kept: 12月1号还不了了; another day is offered, or help."""

from __future__ import annotations

import re
from typing import Any

from actions import day_meant, figure, hardship_terms, promise_parts, replies
from actions.promise_parts import CONFIRM, DAY, PARTS, Part
from actions.replies import Said
from actions.service_client import Json, Service
from actions.turn import Outcome, Turn, say

CANNOT = re.compile(
    "还不[了上起成]|还不出|没法还|没办法还|[不没]能(?:按时)?还|来不及|赶不上|做不到|办不到|失约|没钱|钱不够|[号日天一二三四五六]不(?:行|成)了"
)
THAT_DAY = re.compile("那[天日]|到时候?|约[的好定]|答应的|这个约")
# The sum that was promised is in none of them: 先还一部分 would be taken for it.
WAYS = (
    replies.button("改约一天", "promise_to_pay"),
    replies.button("先还一部分", "repay_now"),
    replies.button("还款有困难", "overdue_hardship"),
)
NOT_THIS = re.compile("[吗么?？]$|会怎|什么后果")


async def told(turn: Turn, service: Service) -> Outcome | None:
    """The promise that is meant, and how it can be changed; None where the message is about no promise."""
    if not turn.verified or turn.asked is not None or not _cannot(turn) or hardship_terms.WHY.search(turn.text):
        return None
    just_told = bool(figure.PROMISE_TOLD & turn.last_said)
    if not (just_told or turn.day or THAT_DAY.search(turn.text)):
        return None
    if just_told and day_meant.moved(turn.today, text=turn.text):
        return Outcome(then="promise_form")  # 还不了了 推迟一周
    if (made := await pending(service)) is None:
        return None
    days = {one["due_on"] for one in made["parts"]}
    if turn.day is not None and turn.day.isoformat() not in days:
        return Outcome(then="promise_form") if just_told and turn.names_later_day else None  # 1号还不了了，5号还
    parts = [Part(one["amount_fen"], due_on=one["due_on"]) for one in made["parts"]]
    return say(Said("utter_promise_cannot_keep", promise_parts.told(parts, today=turn.today), buttons=WAYS))


async def pending(service: Service) -> Json | None:
    """The promise that is still to be kept, the newest where there are several."""
    return next((one for one in (await service.promises())["promises"] if one["state"] == "pending"), None)


def opened(turn: Turn) -> Outcome | None:
    """At the read-back: the day that is named does not do, and is asked for anew; None where nothing of it is said."""
    if turn.asked != CONFIRM or not _cannot(turn) or turn.entities.keys() & {"amount", "amount_word"}:
        return None
    parts = promise_parts.parts_of_slot(turn.slots.get(PARTS))
    day = turn.day.isoformat() if turn.day else None
    if day is None and not THAT_DAY.search(turn.text):
        return None
    slots: dict[str, Any] = {DAY: None, CONFIRM: None}
    if parts:
        left = [Part(one.amount_fen, word=one.word) if one.due_on == day else one for one in parts]
        slots[PARTS] = promise_parts.as_slot(left)
        if left == list(parts):
            return None
    elif day not in (None, turn.slots.get(DAY)):
        return None
    return Outcome(says=(Said("utter_promise_day_opened"),), slots=slots)


def _cannot(turn: Turn) -> bool:
    return bool(CANNOT.search(turn.text)) and not turn.text.startswith("/") and not NOT_THIS.search(turn.text)

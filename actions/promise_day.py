"""Which day of a promise a message means, by what was asked, offered or read back before it; why one will not do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from actions import day_meant, figure, replies
from actions.promise_parts import AMOUNT, DAY
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Turn

WORDS = "promise_words"
MOVED_TO = re.compile("改|换|推|延|提前|挪")
# 不对 应该是29, said to the day that was just repeated and before any sum was named.
_DAY_WAS_WRONG = re.compile(
    r"(?:不对|不是|错了|[说打写]错了?|哦|噢|啊|[，,。\s])*(?:不对|不是|错了?|应该是|改到|改成)[，,。\s]*(?:应该|是|到|成)*(?P<no>[^，,。\s元块钱]{1,4})[。.!！]*"
)


def offered(turn: Turn) -> Turn:
    """A yes to a bare day (您是想约在这一天还款吗？) promises it, and so does a sum that is said to it."""
    if "date" not in turn.offered or turn.entities.keys() & {"date", "vague_date", "no_such_day"}:
        return turn
    goes_on = turn.intent == "affirm" or figure.PAYS_THEN.fullmatch(turn.text)
    answers = goes_on or turn.entities.keys() & {"amount", "amount_word"}
    return replace(turn, entities={**turn.entities, "date": turn.offered["date"]}) if answers else turn


def meant(turn: Turn) -> Turn:
    """Asked for a day, 15 is one and no sum; and 周三 is that of 下周, where that was said before."""
    if turn.text.startswith("/"):
        return turn
    if turn.asked == AMOUNT and (day := _corrected(turn)):
        return replace(turn, entities={"date": day.isoformat()})
    if turn.asked != DAY:
        return turn
    day, entities = turn.day, dict(turn.entities)
    said = turn.slots.get(WORDS) or ""
    if "date" not in entities and (weekday := day_meant.weekday_of_that_week(turn.text, said=said, today=turn.today)):
        return replace(turn, entities={"date": weekday.isoformat()})
    if "date" not in entities and (bare := day_meant.bare_day(turn.text, today=turn.today)):
        day = bare
        entities.pop("amount", None)
    if day is None:
        return turn
    in_time = day_meant.in_its_time(day, text=turn.text, said=said, today=turn.today)
    return replace(turn, entities={**entities, "date": in_time.isoformat()})


def _corrected(turn: Turn) -> date | None:
    found = _DAY_WAS_WRONG.fullmatch(turn.text.strip()) if turn.slots.get(DAY) and not turn.day else None
    return day_meant.bare_day(found["no"], today=turn.today) if found else None


def moved(turn: Turn) -> Turn:
    """往后推两天 is two days after the day that was read back or promised, and 改到周二 in its week."""
    if not turn.slots.get(DAY):
        return turn
    known = date.fromisoformat(turn.slots[DAY])
    to = day_meant.moved(known, text=turn.text)
    if to is None and turn.day is not None and MOVED_TO.search(turn.text):
        to = day_meant.in_that_week(turn.day, text=turn.text, promised=known, today=turn.today)
    return replace(turn, entities={**turn.entities, "date": to.isoformat()}) if to else turn


async def wrong(turn: Turn, service: Service) -> Said | None:
    """Why the day in the message cannot be promised, before it is read back."""
    if turn.day is None:
        said = turn.entities.get("no_such_day")
        return Said("utter_promise_no_such_day", {"said": str(said)}) if said else None
    return await not_promised(turn.day, turn, service)


async def not_promised(day: date, turn: Turn, service: Service) -> Said | None:
    named = {"day": replies.day(day, today=turn.today)}
    if day < turn.today:
        return Said("utter_promise_date_past", named)
    latest = date.fromisoformat((await service.promises())["latest_on"])
    if day > latest:
        return Said("utter_promise_date_too_far", {**named, "latest": replies.day(latest, today=turn.today)})
    return None

"""What is promised in the same breath as a payment now: 先还400，剩下100明天."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions import promise_parts, replies
from actions.promise_parts import AMOUNT, DAY
from actions.replies import Said
from actions.service_client import Service
from actions.turn import Turn

PUTS_OFF = re.compile("再说")  # 剩下的以后再说 promises nothing
CONFIRM = "repay_confirm"
SLOT = "repay_then"  # {amount_fen, due_on, said}, None where nothing is promised besides


def pays_first(turn: Turn) -> bool:
    """The first of two parts is for now: 先还400，剩下的10号; 一半今天，一半月底 is promised whole."""
    parts = promise_parts.parts_in(turn.entities)
    if len(parts) != 2 or turn.text.startswith("/"):
        return False
    now, then = parts
    for_now = (now.amount_fen or now.word not in (None, "rest")) and not (now.due_on or now.said or now.condition)
    return bool(for_now and (then.due_on or then.said) and (then.due_on or "~") >= turn.today.isoformat())


def later(turn: Turn, *, now_fen: int | None, of_fen: int | None) -> dict[str, Any] | None:
    """What is promised besides; `now_fen` is paid now, `of_fen` is the sum of which 剩下的 is the rest."""
    if not pays_first(turn):
        return None
    then = promise_parts.parts_in(turn.entities)[1]
    left = (of_fen or 0) - (now_fen or 0)
    rest = left if then.word in {"rest", "half"} and now_fen and left > 0 else None
    if not (fen := then.amount_fen or rest) or PUTS_OFF.search(then.said or ""):
        return None
    return {"amount_fen": fen, "due_on": then.due_on, "said": then.said}


def for_now(turn: Turn) -> Turn:
    """The message without what is promised besides."""
    if not pays_first(turn):
        return turn
    now = promise_parts.parts_in(turn.entities)[0]
    rest = {name: value for name, value in turn.entities.items() if name not in promise_parts.NAMES}
    return replace(turn, entities=rest | ({"amount": now.amount_fen} if now.amount_fen else {"amount_word": now.word}))


async def beside(wish: Mapping[str, Any] | None, turn: Turn, service: Service) -> dict[str, Any] | None:
    """What is promised besides where a payment begins; the rest is of the bill."""
    bill, wish = await service.bill(), wish or {}
    return later(turn, now_fen=wish.get("amount_fen") or bill.get(f"{wish.get('kind')}_fen"), of_fen=bill["bill_fen"])


async def of_the_rest(known: Mapping[str, Any] | None, turn: Turn, service: Service) -> dict[str, Any] | None:
    """行 剩下的明天: what a sum that was read back leaves of the bill, on that day; None where it is not said."""
    asked = turn.asked == CONFIRM and not turn.asks and not turn.text.startswith("/")
    names_sum = "amount" in turn.entities or not promise_parts.REST.search(turn.text)
    if not asked or names_sum or not turn.names_later_day or PUTS_OFF.search(turn.text):
        return None
    left = (await service.bill())["bill_fen"] - ((known or {}).get("shown_fen") or 0)
    said = None if turn.day else str(turn.entities.get("vague_date"))
    due_on = turn.day.isoformat() if turn.day else None
    return {"amount_fen": left, "due_on": due_on, "said": said} if left > 0 else None


def with_day(wish: Mapping[str, Any] | None, turn: Turn) -> dict[str, Any] | None:
    """The same on the day that the message names, and nothing else of a payment: 月底吧; None where it does not."""
    alone = not turn.entities.keys() & {"amount", "amount_word", "promise_parts"}
    if not wish or turn.day is None or turn.day <= turn.today or not alone:
        return None
    return {**wish, "due_on": turn.day.isoformat(), "said": None}


def told(wish: Mapping[str, Any] | None, turn: Turn) -> tuple[Said, ...]:
    """Said before the payment is read back."""
    if not wish:
        return ()
    day = replies.day(wish["due_on"], today=turn.today) if wish["due_on"] else wish["said"]
    return (Said("utter_repay_then", {"amount": replies.yuan(wish["amount_fen"]), "day": day}),)


def opening(wish: Mapping[str, Any]) -> dict[str, Any]:
    """What the other form knows already."""
    return {AMOUNT: wish["amount_fen"], DAY: wish["due_on"]}

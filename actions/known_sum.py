"""Which sum a payment is of that names none: that of a promise, or what was just told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions import figure
from actions.service_client import Service
from actions.turn import Turn

PROMISED = "promise_amount"
TOLD = {"utter_bill": "bill", "utter_payoff": "all"}
OF_ONE = {"utter_bill_one", "utter_payoff_one"}
JUST_THAT = re.compile(
    "[就先那我把行好吧,， ]*还[上掉了]?(?:它|这个|这些|这么多|那个|那些|[这那]一?笔)?[吧了呗。.!！]*"
)
# 再试一次: the payment that did not go through.
TRY_AGAIN = re.compile(
    "(?:那|我|就|先|要|想|帮我|给我)*(?:再|重新?)(?:试|来|还|扣|付)(?:一次|一遍|一下|试)?(?:吧|看|了)*[。.!！]*"
)


async def of(turn: Turn, service: Service) -> Mapping[str, Any]:
    """The entities that the message stands for; none where it stands for nothing."""
    return await _promised(turn, service) or await failed(turn, service) or turn.figure or just_told(turn)


async def failed(turn: Turn, service: Service) -> dict[str, int]:
    """The sum of the payment that was started last, where it failed and is wanted again."""
    order_id = turn.slots.get("last_order")
    if not order_id or not TRY_AGAIN.fullmatch(turn.text.strip()):
        return {}
    order = await service.order(order_id)
    return {"amount": order["amount_fen"]} if order["state"] == "failed" else {}


async def _promised(turn: Turn, service: Service) -> dict[str, int]:
    """The sum of a promise that was being read back, or was just told, when paying at once was said instead."""
    if fen := turn.slots.get(PROMISED):
        return {"amount": fen}
    if figure.PROMISE_TOLD & turn.last_said and turn.day == turn.today and not turn.text.startswith("/"):
        made = (await service.promises())["promises"]
        return {"amount": made[0]["amount_fen"]} if made and len(made[0]["parts"]) == 1 else {}
    return {}


def just_told(turn: Turn) -> dict[str, str]:
    """The bill, or the price of settling, where it was just told and 就还这个 is said; not of one of its loans."""
    if not JUST_THAT.fullmatch(turn.text) or turn.last_said & OF_ONE:
        return {}
    words = (word for prefix, word in TOLD.items() if any(name.startswith(prefix) for name in turn.last_said))
    return {"amount_word": word} if (word := next(words, None)) else {}

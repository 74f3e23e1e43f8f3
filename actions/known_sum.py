"""Which sum a payment is of that names none: that of a promise, or what was just told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions import figure
from actions.service_client import Service
from actions.turn import Turn

PROMISED = "promise_amount"
JUST_THAT = re.compile("[就先那我把]*还[上掉了]?(?:这个|这些|这么多|那个|那些)?[吧了呗。.!！]*")


async def of(turn: Turn, service: Service) -> Mapping[str, Any]:
    """The entities that the message stands for; none where it stands for nothing."""
    return await _promised(turn, service) or turn.figure or _just_told(turn)


async def _promised(turn: Turn, service: Service) -> dict[str, int]:
    """The sum of a promise that was being read back, or was just told, when paying at once was said instead."""
    if fen := turn.slots.get(PROMISED):
        return {"amount": fen}
    if figure.PROMISE_TOLD & turn.last_said and turn.day == turn.today and not turn.text.startswith("/"):
        made = (await service.promises())["promises"]
        return {"amount": made[0]["amount_fen"]} if made and len(made[0]["parts"]) == 1 else {}
    return {}


def _just_told(turn: Turn) -> dict[str, str]:
    """The bill, where it was just told and 就还这个 is said."""
    told = any(name.startswith("utter_bill") for name in turn.last_said) and JUST_THAT.fullmatch(turn.text)
    return {"amount_word": "bill"} if told else {}

"""So many instalments, paid now: 先还一期, 还最早那一期, 两期都还了; what they come to, oldest first."""

from __future__ import annotations

import re
from typing import Any

from actions import numerals
from actions.service_client import Service
from actions.turn import Turn

_N = "[一二两三四五六七八九1-9]"
MEANT = re.compile(
    rf"[还付交](?:掉|清|上)?(?:最早|最前面?|前面?|逾期|欠)?(?:的|那)*(?P<n>{_N})期(?!的?(?:利息|本金|多少))"
    rf"|(?<![第分])(?P<all>{_N})期(?:全部?|都|一起|先|我|就)+[还付交]|最早的?那?(?P<first>一?)期"
)


def said(turn: Turn) -> int | None:
    """How many instalments the message wants to pay, by no sum of its own."""
    if turn.text.startswith("/") or turn.asks or "amount" in turn.entities or turn.names_later_day:
        return None
    found = MEANT.search(turn.text)
    if found is None:
        return None
    number = found["n"] or found["all"]
    return numerals.number(number) if number else 1


async def wished(count: int, service: Service) -> dict[str, Any] | None:
    """The oldest of what is asked for now; None where it is not so many."""
    items = sorted((await service.bill())["items"], key=lambda one: str(one["due_on"]))
    if count > len(items):
        return None
    return {"kind": "amount", "amount_fen": sum(one["unpaid_fen"] for one in items[:count])}

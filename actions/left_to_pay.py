"""What of all that was borrowed is still to be paid, for who asks 还剩多少 and has not just heard of his limit."""

from __future__ import annotations

import re

from actions import account, replies
from actions.service_client import Service
from actions.turn import Outcome, Turn, say

_UNPAID = "(?:没有?[还付][清完上掉]?|没结清|未还清?|[要得]还|需要还)的?"
_ASKS = re.compile(
    rf"(?:那|我|现在|目前|总共|一共|到底|请问|这样|[，,\s])*(?:还?剩[下余]?多少钱?(?P<unpaid>{_UNPAID})?|还有多少钱?(?P<left>{_UNPAID}))"
    r"[了啊呢呀]*[？?。.!！]*"
)


async def told(turn: Turn, service: Service) -> Outcome | None:
    """The bill and the principal behind it; None where something else is asked, or nobody is logged in."""
    asks = _ASKS.fullmatch(turn.text.strip()) if turn.verified else None
    if asks is None:
        return None
    of_a_limit = any(name.startswith("utter_limit") for name in turn.last_said)
    if of_a_limit and not (asks["unpaid"] or asks["left"]):
        return None
    if replies.owes_nothing(await service.bill()):
        return say(*await account.bill(turn, service))
    return say(*await account.bill(turn, service), *await account.principal(turn, service))

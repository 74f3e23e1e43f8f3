"""Which sum of a promise a message means: one that is named, one that a word stands for, more or less than before."""

from __future__ import annotations

from actions import pick, promise_parts, words
from actions.promise_parts import AMOUNT
from actions.service_client import Service
from actions.turn import Turn

REPAY_AMOUNT = "repay_amount"


async def amount_fen(turn: Turn, service: Service) -> int | None:
    """Fen; None where the message means no sum, or one that is nothing."""
    if turn.changes_by is not None:
        known = turn.slots.get(AMOUNT) or 0
        return known + turn.changes_by if known and known + turn.changes_by > 0 else None
    if (fen := turn.entities.get("amount")) is not None:
        return int(fen) if fen > 0 and not turn.names_no_sum else None
    asks = turn.asks and not words.ASKS_LEAVE.search(turn.text)
    word = None if turn.asks else turn.entities.get("amount_word")
    if word == "all" and (one := pick.named(turn, (await service.schedule())["loans"])) is not None:
        return (await service.make_quote(kind="payoff", loan_id=one["loan_id"]))["amount_fen"] or None
    if word == "all" and "全额" in turn.text and (bill := await service.bill()).get("statements"):
        return bill["bill_fen"] or None  # all of the statement, and not what was spent since
    if word == "all":
        return (await service.payoff())["total_fen"] or None
    if word in {"bill", "minimum", "half"}:
        bill = await service.bill()
        sums = {"bill": bill["bill_fen"], "minimum": bill["minimum_fen"], "half": (bill["bill_fen"] + 1) // 2}
        return sums[word] or None
    if word is None and promise_parts.REST.search(turn.text) and not turn.slots.get(AMOUNT) and not asks:
        return (await service.bill())["bill_fen"] or None  # 剩下的15号还, after a part was paid
    return None


def of_repay(turn: Turn) -> int | None:
    """Of the payment that was being read back, fen."""
    wish = turn.slots.get(REPAY_AMOUNT) or {}
    return wish.get("amount_fen") or wish.get("shown_fen")

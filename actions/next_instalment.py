"""The next instalment, paid before its day: 提前还下个月的; what is due before it comes first, and is said."""

from __future__ import annotations

import re
from typing import Any

from actions import replies
from actions.replies import Said
from actions.service_client import Json, Service
from actions.turn import Outcome, Turn

AMOUNT = "repay_amount"
# 下个月还 is a day; 还下个月的 and 下一期先还了 are an instalment.
MEANT = re.compile(
    r"[还付交](?:一下|掉|上|清)?下(?:个?月|一?期)的?(?:账单|那期|钱|款)?(?!\d|[初底末中上下头]|[一二三四五六七八九十]+[号日])(?![^，。]{0,3}[号日])"
    r"|(?:这个?[月期]|本[月期]|逾期)的?(?:和|跟|还有|、|加上?)下(?:个?月|一?期)(?:的|那期)?(?:也|都|就|先|一起|一块儿?)*(?:[还付交]|[。.!！]*$)"
    r"|下(?:个?月|一?期)的(?:账单|那期|钱|款)?(?:也|就|先|现在|一起|提前|我)*[还付交]"
)


def is_meant(turn: Turn) -> bool:
    """Whether the message wants to pay the next instalment, by no sum of its own."""
    typed = not turn.text.startswith("/") and "amount" not in turn.entities
    return typed and not turn.asks and turn.day is None and bool(MEANT.search(turn.text))


async def wished(turn: Turn, service: Service, *, empty: dict[str, Any]) -> Outcome:
    """The bill, where it is due in the month that comes; with nothing due, what the next due day asks for. Where
    something else is due before it, that is said, and how much to pay is asked."""
    bill = await service.bill()
    if not bill["bill_fen"]:
        wish = {"kind": "amount", "amount_fen": bill["next_due_fen"]} if bill["next_due_fen"] else None
        return Outcome(slots={**empty, AMOUNT: wish})
    if not bill["overdue_fen"] and _month(bill["due_on"]) != _month(turn.today.isoformat()):
        return Outcome(slots={**empty, AMOUNT: {"kind": "bill", "amount_fen": None}})
    if (following := await _after(bill, service)) is None:
        return Outcome(slots=empty)
    fen, due_on = following
    sums = {"bill": replies.yuan(bill["bill_fen"]), "next_due": replies.yuan(fen)}
    later = Said("utter_repay_next_later", {**sums, "due_on": replies.day(due_on, today=turn.today)})
    return Outcome(says=(later,), slots=empty)


async def _after(bill: Json, service: Service) -> tuple[int, str] | None:
    """What is due on the first day after those of the bill, and that day."""
    billed = {(one["loan_id"], one["no"]) for one in bill["items"]}
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    rows = [row for loan in active for row in loan["instalments"] if (loan["loan_id"], row["no"]) not in billed]
    due_on = min((row["due_on"] for row in rows if row["unpaid_fen"]), default=None)
    return (sum(row["unpaid_fen"] for row in rows if row["due_on"] == due_on), due_on) if due_on else None


def _month(iso: str) -> str:
    return iso[:7]

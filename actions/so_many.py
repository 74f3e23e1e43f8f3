"""So many instalments, paid now: 先还一期, 还最早那一期, 两期都还了; what they come to, oldest first."""

from __future__ import annotations

import re
from typing import Any

from actions import numerals, plain_wish, replies, words
from actions.replies import Said
from actions.service_client import Json, Service
from actions.turn import Turn

_N = "[一二两三四五六七八九1-9]"
MEANT = re.compile(
    rf"[还付交](?:掉|清|上)?(?:最早|最前面?|前面?|逾期|欠)?(?:的|那)*(?P<n>{_N})期(?!的?(?:利息|本金|多少))"
    rf"|(?<![第分])(?P<all>{_N})期(?:全部?|都|一起|先|我|就)+[还付交清]|最早的?那?(?P<first>一?)期"
)

ALONE = re.compile(rf"(?:那|就|先|还是)*({_N})期(?:吧|就行|就好|好了)*[。.!！]*")  # where it was asked how much


def said(turn: Turn) -> int | None:
    """How many instalments the message wants to pay, by no sum of its own."""
    return None if turn.asks else asked_of(turn)


def asked_of(turn: Turn) -> int | None:
    """How many instalments the message speaks of paying, also where it only asks what they come to."""
    if turn.text.startswith("/") or "amount" in turn.entities or turn.names_later_day:
        return None
    if turn.form == "repay_form" and (alone := ALONE.fullmatch(turn.text.strip())):
        return numerals.number(alone[1])
    wishes = (MEANT.search(one) for one in words.clauses(turn.text) if not plain_wish.fails(one))
    found = next((one for one in wishes if one), None)
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


async def what_they_are(turn: Turn, service: Service) -> Said | None:
    """What the instalments that are asked about come to; where fewer are asked for now, how many those are and what so
    many would be with those that follow. None where all are asked for and only wanted, or nothing is said of them."""
    if (count := asked_of(turn)) is None:
        return None
    bill = await service.bill()
    if bill.get("statements"):  # it has no instalments
        return None
    items = sorted(bill["items"], key=lambda one: str(one["due_on"]))
    if count <= len(items):
        fen = sum(one["unpaid_fen"] for one in items[:count])
        return Said("utter_repay_so_many", {"count": str(count), "sum": replies.yuan(fen)}) if turn.asks else None
    return await _with_following(count, items, bill, service)


async def _with_following(count: int, items: list[Json], bill: Json, service: Service) -> Said | None:
    billed = {(one["loan_id"], one["no"]) for one in items}
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    rows = [row for loan in active for row in loan["instalments"] if (loan["loan_id"], row["no"]) not in billed]
    later = sorted((row for row in rows if row["unpaid_fen"]), key=lambda row: str(row["due_on"]))[: count - len(items)]
    total = bill["bill_fen"] + sum(row["unpaid_fen"] for row in later)
    variables = {"due": str(len(items)), "bill": replies.yuan(bill["bill_fen"]), "count": str(len(items) + len(later))}
    name = "utter_repay_fewer_due" if items else "utter_repay_none_due"
    return Said(name, {**variables, "sum": replies.yuan(total)}) if later else None

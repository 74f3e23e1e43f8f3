"""A payment that names its loan: that loan takes the sum first, and what it cannot take yet is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions import pick, promise_parts, replies, words
from actions.replies import Said
from actions.service_client import Quote, Service
from actions.turn import Outcome, Turn

# 还逾期那笔 另外一笔还500: one payment is for one of them. 这笔我还过了，另外一笔还没还 tells how they stand.
ANOTHER = re.compile("[还付](?![过了完]|清了)[^。]*另外?(?:那|的)?一?[笔个][^。没不]{0,3}[还付](?![没不有差是过了])")
_NUMBERED = re.compile("第([一二三四五1-5])[笔个]")
SLOT = "repay_loan"  # {loan_id, title}, None where none was named
AMOUNT, CONFIRM = "repay_amount", "repay_confirm"


async def heard(outcome: Outcome, turn: Turn, service: Service, *, opens: bool) -> Outcome:
    """The form's outcome, with the loan that the message names; where a sum was read back already it moves there. A
    payment that begins is meant for none unless it says so."""
    one = await _named(turn, service)
    if one is None:
        return replace(outcome, slots={**outcome.slots, SLOT: None}) if opens else outcome
    wish = outcome.slots.get(AMOUNT)
    if wish is None and turn.asked == CONFIRM and (known := turn.slots.get(AMOUNT)):
        wish = {"kind": known["kind"], "amount_fen": known["amount_fen"]}
    if wish is not None and wish["kind"] == "all":  # 全部, then 只还冰箱: all of that one is its settling
        return Outcome(slots={AMOUNT: None, CONFIRM: None, SLOT: None}, leaves_form=True, then="settle_form")
    says = outcome.says
    if (wish is None and not says) or (wish is not None and wish["kind"] == "bill" and not wish.get("quote_id")):
        wish = await _due_of(one, service)
        says = says if wish else (await _not_due(one, turn, service),)
    moved = {AMOUNT: wish, CONFIRM: None} if wish is not None else {}
    return replace(outcome, says=says, slots={**outcome.slots, AMOUNT: None, **moved, SLOT: one})


def cannot_take(meant: Mapping[str, Any], made: Quote) -> tuple[Said, ...]:
    """Why not all of the sum goes to the loan that was named."""
    if not meant:
        return ()
    taken = sum(share["amount_fen"] for share in made["shares"] if share["loan_id"] == meant["loan_id"])
    if taken >= made["amount_fen"]:
        return ()
    name = "utter_repay_loan_takes_part" if taken else "utter_repay_loan_takes_none"
    return (Said(name, {"loan": meant["title"], "taken": replies.yuan(taken)}),)


def of_two(turn: Turn) -> bool:
    """第2笔这期还上 第1笔5号还: the day is of one of them, and cannot be taken for that of the other."""
    dated = "date" in turn.entities and not promise_parts.parts_in(turn.entities)
    return dated and len(set(_NUMBERED.findall(turn.text))) > 1 and len(words.PAYS.findall(turn.text)) > 1


async def several_sums(turn: Turn, service: Service) -> bool:
    """冰箱还一百，随心借还两百: each loan a sum of its own, and one payment has one."""
    if ANOTHER.search(turn.text) and words.PAYS.search(turn.text):
        return True
    if len(promise_parts.parts_in(turn.entities)) < 2:
        return False
    return len(pick.all_named(turn, (await service.schedule())["loans"])) > 1


async def _named(turn: Turn, service: Service) -> dict[str, str] | None:
    if turn.text.startswith("/"):
        return None
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    rows = replies.overdue_first(active) if len(active) > 1 else []
    one = pick.named(turn, rows) or pick.not_denied(turn, rows)
    return {"loan_id": one["loan_id"], "title": one["title"]} if one else None


async def _due_of(one: Mapping[str, str], service: Service) -> dict[str, Any] | None:
    """The part of the bill that is this loan's, as a sum."""
    items = (await service.bill())["items"]
    fen = sum(item["unpaid_fen"] for item in items if item.get("loan_id") == one["loan_id"])
    return {"kind": "amount", "amount_fen": fen} if fen else None


async def _not_due(one: Mapping[str, str], turn: Turn, service: Service) -> Said:
    """When the loan is due next, where nothing of it is asked for now."""
    loan = next(row for row in (await service.schedule())["loans"] if row["loan_id"] == one["loan_id"])
    following = next((row for row in loan["instalments"] if row["unpaid_fen"]), None)
    if following is None:
        return Said("utter_repay_loan_takes_none", {"loan": one["title"]})
    variables = {"loan": one["title"], "next_due": replies.yuan(following["unpaid_fen"])}
    return Said("utter_repay_loan_not_due", {**variables, "due_on": replies.day(following["due_on"], today=turn.today)})

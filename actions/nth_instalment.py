"""An instalment that is to be paid by its number (还第5期): those before it come first, and are read back with it."""

from __future__ import annotations

import re
from typing import Any

from actions import account, numerals, pick, plain_wish, replies, words
from actions.replies import Said
from actions.service_client import Json, Service
from actions.turn import Outcome, Turn

AMOUNT = "repay_amount"
_N = r"十?[一二三四五六七八九]|[二三四五六七八九]?十[一二三四五六七八九]?|\d{1,2}"
_NTH = re.compile(rf"第({_N})期")
# 第二期没还, 第5期还多少 tell and ask.
MEANT = re.compile(
    rf"[还付交](?:掉|清|上|一下)?第(?:{_N})期(?!的?(?:利息|本金|罚息|多少|几|是))"
    rf"|第(?:{_N})期(?:的|和|跟|、|第|期|{_N})*(?:都|也|就|先|一起|一块|提前|我|现在|给)*[还付交](?![了没过多有是差剩款不要能])"
    rf"|(?:把|帮我?)[^，。]{{0,8}}第(?:{_N})期[^，。]{{0,3}}[还付交](?:掉|清)?了(?![吗么没])"
)


def is_meant(turn: Turn) -> bool:
    """Whether the message wants to pay an instalment that it names by its number, by no sum of its own."""
    typed = not turn.text.startswith("/") and "amount" not in turn.entities
    wishes = any(MEANT.search(one) and not plain_wish.fails(one) for one in words.clauses(turn.text))
    return typed and wishes and not turn.asks and not turn.names_later_day


async def wished(turn: Turn, service: Service, *, empty: dict[str, Any]) -> Outcome:
    """What is not paid of its loan up to the last that is named; where that is more than was named, it is said. One
    that is paid already, or that there is not, is told, and how much to pay is asked."""
    numbers = {numerals.number(one) for one in _NTH.findall(turn.text)}
    active = [one for one in (await service.schedule())["loans"] if one["status"] == "active"]
    if all(one["by_statements"] for one in active):  # a statement has no instalments
        return Outcome(slots=empty)
    rows = _unpaid(pick.named(turn, active), active, max(numbers))
    if not rows:
        return Outcome(says=await account.instalment(max(numbers), turn, service), slots=empty)
    fen = sum(row["unpaid_fen"] for row in rows)
    wish = {"kind": "amount", "amount_fen": fen, "loan_id": rows[0]["loan_id"]}
    more = {row["no"] for row in rows} - numbers
    says = (Said("utter_repay_up_to", _range(rows, fen)),) if more else ()
    return Outcome(says=says, slots={**empty, AMOUNT: wish})


def _unpaid(named: Json | None, active: list[Json], last: int) -> list[dict[str, Any]]:
    """Of the loan that is named, else of that whose instalment of the number is due first."""
    having = [
        (row["due_on"], loan)
        for loan in ([named] if named else active)
        for row in loan["instalments"]
        if row["no"] == last and row["unpaid_fen"]
    ]
    if not having:
        return []
    loan = min(having, key=lambda one: str(one[0]))[1]
    rows = [row for row in loan["instalments"] if row["no"] <= last and row["unpaid_fen"]]
    return [{**row, "loan_id": loan["loan_id"]} for row in rows]


def _range(rows: list[dict[str, Any]], fen: int) -> dict[str, str]:
    return {"first": str(rows[0]["no"]), "last": str(rows[-1]["no"]), "sum": replies.yuan(fen)}

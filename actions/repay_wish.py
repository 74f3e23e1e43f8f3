"""What a message wants to pay: a sum, a button's quote, so many instalments, or a word that stands for a sum."""

from __future__ import annotations

import re
from typing import Any

from actions import plain_wish, promise_parts, so_many, words
from actions.service_client import Refused, Service
from actions.turn import Turn

NAMES = {"amount", "amount_word", "quote_id"}
THIS_MONTH = {"这个月", "这月", "本月", "当月"}  # no day to promise, but here the name of a bill
_A_NUMBER = re.compile(r"[A-Za-z0-9-]{1,64}")
_LEFT = re.compile(rf"{promise_parts.REST.pattern}|还?(?:差|欠)的")
# 全额, beside the minimum, is all of the statement, and not what was spent since.
_OF_A_STATEMENT = re.compile(rf"全额|{promise_parts.REST.pattern}")
_BARE_ALL = re.compile(
    "(?:那|就|我|行|好|[，,\\s])*(?:[两二三四五][笔个]|这些|那些|欠的|该还的)?(?:都|一起|一块)(?:要)?还(?:了|上|掉)?(?:吧|了)?[。.!！]*"
)
_NOT_NOW = re.compile("不|没|以后|再说|下(?:次|个|周|月|礼拜|期)|改天")


async def wish_of(turn: Turn, service: Service) -> dict[str, Any] | None:
    """{kind, amount_fen, …}; a button's quote says it all, half of the bill is a sum, the other words are kinds."""
    if (quote_id := turn.entities.get("quote_id")) is not None:
        return await _quoted(str(quote_id), service)
    if (fen := turn.entities.get("amount")) is not None:
        return {"kind": "amount", "amount_fen": int(fen)}
    if (count := so_many.said(turn)) is not None:
        return await so_many.wished(count, service)
    if plain_wish.up_to_date(turn) and (overdue := (await service.bill())["overdue_fen"]):
        return {"kind": "amount", "amount_fen": overdue}
    word = turn.entities.get("amount_word")
    if word == "all" and bare_all(turn) and (await service.bill())["bill_fen"]:
        return None
    if word == "all" and _OF_A_STATEMENT.search(turn.text) and (await service.bill()).get("statements"):
        word = "bill"
    if word == "half":
        return {"kind": "amount", "amount_fen": ((await service.bill())["bill_fen"] + 1) // 2}
    if word is None and (turn.entities.get("vague_date") in THIS_MONTH or pays_the_rest(turn)):
        word = "bill"
    return {"kind": word, "amount_fen": None} if word in {"bill", "minimum", "all"} else None


def bare_all(turn: Turn) -> bool:
    """都还 may be all of the bill, or all that is owed; 全部结清 and 全还清 are not to be asked about."""
    return bool(_BARE_ALL.fullmatch(turn.text.strip()))


def pays_the_rest(turn: Turn) -> bool:
    """还差的也还上: what is left to pay is what is asked for now."""
    other = "amount" in turn.entities or turn.names_later_day or turn.names_no_day_to_pay
    if turn.text.startswith("/") or turn.asks or other:
        return False
    return bool(_LEFT.search(turn.text) and words.PAYS.search(turn.text)) and not _NOT_NOW.search(turn.text)


async def _quoted(quote_id: str, service: Service) -> dict[str, Any] | None:
    """What a quote is for, as the service knows it; None where the number is no quote of this borrower's."""
    if not _A_NUMBER.fullmatch(quote_id):  # "." or "" would be another address of the service
        return None
    try:
        found = await service.quote_of(quote_id)
    except Refused:
        return None
    wish = {"kind": found["kind"], "amount_fen": found["asked_fen"], "loan_id": found["loan_id"]}
    return {**wish, "quote_id": found["quote_id"]}

"""PURE · what a message wishes besides the terms that can be proposed: 先缓三个月，然后每月还1000. It is kept for the
person who decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions import hardship_terms, words

LONGEST = 200
_A_SUM = re.compile(r"\d|[一二两三四五六七八九十百千万]")
_RELIEF = re.compile(
    "(?:减|(?<!避)免|停)(?:免|掉|了|去)?[^，。]{0,4}(?:罚息|利息|违约金|费用|手续费|滞纳金)(?!券)"
    "|(?:罚息|利息)[^，。]{0,6}(?:减|(?<!避)免(?!费|息)|(?<!不)停)(?!免?券)"
    "|[减停]息|停止?计息|挂账|停催|(?:只|光|单)[^，。欠剩差]{0,3}本金|打[个点]?折(?!的|时|[^，。]{0,2}(?:买|商品|促销|活动))"
)
# Goes on where words.clauses does not end one: 缓三个月再每月还1000, 延完了每月还1000.
_GOES_ON = re.compile(r"(?:之后|以后|完了?|到时候?|再)(?=每|分|还|按)")
# Said first, they put what follows after the terms, and not in their place.
_AFTERWARDS = re.compile(r"(?:然后|之后|以后|完了|过后|到时|[延缓]期?完|[延缓]期?(?:之|以)?后|等[延缓])")


def of_kind(clause: str) -> str | None:
    """plan, defer or relief; None where nothing of the sort is wished."""
    if _RELIEF.search(clause):
        return "relief"
    if hardship_terms.MONTHS.search(clause) and hardship_terms.LATER.search(clause):
        return "defer"
    monthly = words.EVERY_MONTH.search(clause) and _A_SUM.search(words.EVERY_MONTH.sub("", clause))
    return "plan" if monthly or hardship_terms.PARTS.search(clause) else None


def kind_of(terms: Mapping[str, Any]) -> str | None:
    """Of terms that are read back, or of a wish that waits for its loan to be named."""
    if not (wish := terms.get("wish")):
        return terms.get("kind")
    return "plan" if wish.keys() & {"periods", "monthly_fen"} else "defer"


def joined(before: str | None, wish: str) -> str:
    """What is wished now after what was wished before, each once."""
    if not before or before in wish:
        return wish
    return "，".join(dict.fromkeys((*before.split("，"), *wish.split("，"))))[:LONGEST]


def beside(text: str, *, kind: str | None) -> str | None:
    """The clauses that wish what terms of that `kind` do not hold; where nothing is proposed yet, only what no terms
    can hold."""
    if text.startswith("/"):
        return None
    clauses = [part for clause in words.clauses(text) for part in _GOES_ON.split(clause) if part]
    holds = {kind} if kind else {"plan", "defer"}
    wished = [one for one in clauses if (of_kind(one) or kind) not in {*holds, None}]
    return "，".join(wished)[:LONGEST] or None


def comes_afterwards(text: str) -> bool:
    """Adds to what was read back."""
    return bool(_AFTERWARDS.match(text.strip()))

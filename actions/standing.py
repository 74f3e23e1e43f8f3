"""PURE · whether a message asks how something stands that was filed, of which kind, and what of all of it is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from actions import replies
from actions.replies import Said
from actions.standing_words import ELSEWHERE, FILED, KINDS, OWN, REFERENCE, STANDS, WISH

Filed = Mapping[str, Any]

RECENT = timedelta(days=14)
MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """`kinds` are those that the words name, none where they name none; `reference` is the number that is named.
    `own`: says that there is something; 延期多久批 may be asked before anything was filed."""

    kinds: frozenset[str] = frozenset()
    reference: str = ""
    own: bool = True


def asked(text: str, *, likely: bool = False) -> Asked | None:
    """What a message wants to know of what was filed; None where it asks nothing of the sort. `likely`: it was
    understood as a question about progress, so that naming what may have been filed is enough."""
    if text.startswith("/"):
        return None
    if number := REFERENCE.search(text):
        return Asked(reference=f"{number[1]}{number[2]}-{number[3]}".upper())
    kinds = frozenset(kind for kind, named in KINDS.items() if named.search(text))
    if WISH.search(text) or ELSEWHERE.search(text):
        return None
    if not STANDS.search(text) and not (likely and (kinds or FILED.search(text))):
        return None
    return Asked(kinds, own=bool(OWN.search(text)))


def chosen(filed: Sequence[Filed], wanted: Asked, *, today: date) -> Sequence[Filed]:
    """What is meant of what was filed: by its number, else of the named kinds all that waits and what was decided
    lately, or where that is nothing the last one; empty where there is none of the kind."""
    if wanted.reference:
        return [one for one in filed if one["reference"] == wanted.reference]
    mine = [one for one in filed if not wanted.kinds or one["kind"] in wanted.kinds]
    return [one for one in mine if _matters(one, today)] or mine[:1]


def _matters(one: Filed, today: date) -> bool:
    if one["state"] == "waiting":
        return True
    return one["decided_on"] is not None and today - date.fromisoformat(one["decided_on"]) <= RECENT


def told(shown: Sequence[Filed]) -> Said:
    """One thing, or several as a list; with what can be done next."""
    if len(shown) == 1:
        return Said("utter_filed", {"text": shown[0]["text"]}, buttons=_next(shown))
    lines = "\n".join(f"· {one['text']}" for one in shown[:MOST_LISTED])
    variables = {"count": str(len(shown)), "items": lines}
    return Said("utter_filed_several", variables, buttons=_next(shown))


def late(shown: Sequence[Filed]) -> Said | None:
    """An apology for what was not answered by its day; None where all was."""
    numbers = "、".join(one["reference"] or one["title"] for one in shown if one["late"])
    return Said("utter_filed_late", {"references": numbers}) if numbers else None


def _next(shown: Sequence[Filed]) -> tuple[replies.Button, ...]:
    buttons = []
    if any(one["reviewable"] for one in shown):
        buttons.append(replies.button("请人工复核", "limit_increase", limit_choice="review"))
    if any(one["outcome"] in {"rejected", "broken"} and one["kind"] == "hardship" for one in shown):
        buttons.append(replies.button("重新申请协商", "overdue_hardship"))
    return (*buttons, replies.button("查账单", "query_bill"), replies.button("转人工", "human_agent"))

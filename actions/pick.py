"""PURE · one of several that were listed: chosen by a button, by its place in the list, or by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from actions.numerals import number
from actions.replies import Button, button, yuan
from actions.turn import Turn

LEAVE = button("先不办了", "cancel")
CHOICE = "choice"  # said by buttons alone: the place in the list, from 1
_NTH = re.compile(r"第([一二三四五六七八九1-9])(?:笔|个(?!月|星期|礼拜)|条|张)")
_OWN_NUMBER = re.compile(r"第 (\d+) 笔$")
_A_YUAN = 100
_A_THING = re.compile("[\u4e00-\u9fff]{4,}")
_NOT = re.compile(r"(?:不是|不要|别|不结|不还)[^，。,\s是]{1,8}")
# Said after its name: 冰箱先不还.
_NOT_YET = r"(?:那[笔个]|的)?(?:先|暂时|暂且|就|都|也|我|今天|这次)*不(?:还|结|要|动|管|急)"


def named(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one of `rows` (each has a title) that the message names; None where none, or more than one."""
    if (placed := by_place(turn, rows) or by_figure(turn, rows)) is not None:
        return placed
    text = _NOT.sub("", turn.text)  # 不是随心借，是冰箱
    for names in (_whole_names, _short_names):
        meant = [row for row in rows if any(_is_meant(name, text) for name in names(row["title"]))]
        if len(meant) == 1:
            others = [row for row in all_named(turn, rows) if row is not meant[0]]
            return None if others else dict(meant[0])  # 冰箱和随心借
    return None


def not_denied(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The only one that is left where the others are said not to be meant: 不要还冰箱的."""
    denied = " ".join(_NOT.findall(turn.text))
    left = [row for row in rows if not any(name in denied or _put_off(name, turn.text) for name in names(row["title"]))]
    return dict(left[0]) if len(left) == 1 < len(rows) else None


def all_named(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of `rows` that the message names, each by a name that is none of the others': 冰箱和随心借."""
    text = _NOT.sub("", turn.text)
    said = Counter(name for row in rows for name in set(names(row["title"])) if _is_meant(name, text))
    return [row for row in rows if any(said[name] == 1 and _stands(name, said) for name in names(row["title"]))]


def _is_meant(name: str, text: str) -> bool:
    return name in text and not _put_off(name, text)


def _put_off(name: str, text: str) -> bool:
    return bool(re.search(re.escape(name) + _NOT_YET, text))


def _stands(name: str, said: Mapping[str, int]) -> bool:
    """Not only as a part of a longer name that is said, too."""
    return not any(name in longer and name != longer for longer in said)


def by_place(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one whose button was pressed, or whose place was said: 第二张."""
    said = str(turn.entities.get(CHOICE) or "")
    if not said and (found := _NTH.search(turn.text)):
        said = str(place_of_number(rows, number(found[1])))
    return dict(rows[int(said) - 1]) if said.isdecimal() and 0 < int(said) <= len(rows) else None


def place_of_number(rows: Sequence[Mapping[str, Any]], said: int) -> int:
    """The place, from 1, of the loan that bears the number (随心借·第 2 笔), where all are told apart by one; else the
    number is the place."""
    own = [_own_number(row) for row in rows if row.get("kind") != "all"]
    return own.index(said) + 1 if None not in own and said in own else said


def _own_number(row: Mapping[str, Any]) -> int | None:
    found = _OWN_NUMBER.search(row["title"])
    return int(found[1]) if found else None


def figures(loan: Mapping[str, Any]) -> dict[str, list[Any]]:
    """By which a loan of the schedule may be told from others: its sums in fen, and the day on which it is due next."""
    unpaid = [one for one in loan["instalments"] if one["unpaid_fen"]]
    following = [fen for one in unpaid[:1] for fen in (one["unpaid_fen"], one["total_fen"])]
    overdue = sum(one["unpaid_fen"] for one in unpaid if one["state"] == "overdue")
    sums = [loan["principal_fen"], loan["outstanding_principal_fen"], loan["owed_fen"], overdue, *following]
    return {"sums": sums, "days": [one["due_on"] for one in unpaid[:1]]}


def by_figure(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The only one that has the sum, to the yuan, or the day that is said of it: 8000那笔, 5号到期的那笔."""
    fen, day = turn.entities.get("loan_sum"), turn.entities.get("loan_day")
    if fen is None and day is None:
        return None
    known = [(row, row if "sums" in row else figures(row)) for row in rows if "sums" in row or "instalments" in row]
    meant = [
        row
        for row, its in known
        if (fen is None or any(0 <= one - int(fen) < _A_YUAN for one in its["sums"]))
        and (day is None or day[-2:] in {one[-2:] for one in its["days"]})  # 18号 is no month's
    ]
    return dict(meant[0]) if len(meant) == 1 else None


def names(title: str) -> list[str]:
    """By which one may be called."""
    return [title, *_whole_names(title), *_short_names(title)]


def _whole_names(title: str) -> list[str]:
    return title.split("·")


def _short_names(title: str) -> list[str]:
    """What a loan is called at home: 家电分期·云朵冰箱 is 家电 or 冰箱."""
    first, _, second = title.partition("·")
    kind = [first.removesuffix("分期")] if first.endswith("分期") else []
    return [*kind, second[-2:]] if _A_THING.fullmatch(second) else kind


def buttons(rows: Sequence[Mapping[str, Any]], *, most: int = 5) -> tuple[Button, ...]:
    """One for each, with what is owed of it where that is known, and one to leave."""
    each = (button(_title(row), "inform", **{CHOICE: str(no)}) for no, row in enumerate(rows[:most], 1))
    return (*each, LEAVE)


def _title(row: Mapping[str, Any]) -> str:
    owed = f" {yuan(row['owed_fen'])} 元" if "owed_fen" in row else ""
    return f"{row['title']}{owed}"

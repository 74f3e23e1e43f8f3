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
_A_THING = re.compile("[\u4e00-\u9fff]{4,}")
_NOT = re.compile(r"(?:不是|不要|别|不结|不还)[^，。,\s是]{1,8}")


def named(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one of `rows` (each has a title) that the message names; None where none, or more than one."""
    if (placed := by_place(turn, rows)) is not None:
        return placed
    text = _NOT.sub("", turn.text)  # 不是随心借，是冰箱
    for names in (_whole_names, _short_names):
        meant = [row for row in rows if any(name in text for name in names(row["title"]))]
        if len(meant) == 1:
            others = [row for row in all_named(turn, rows) if row is not meant[0]]
            return None if others else dict(meant[0])  # 冰箱和随心借
    return None


def not_denied(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The only one that is left where the others are said not to be meant: 不要还冰箱的."""
    denied = " ".join(_NOT.findall(turn.text))
    left = [row for row in rows if not any(name in denied for name in names(row["title"]))]
    return dict(left[0]) if len(left) == 1 < len(rows) else None


def all_named(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of `rows` that the message names, each by a name that is none of the others': 冰箱和随心借."""
    text = _NOT.sub("", turn.text)
    said = Counter(name for row in rows for name in set(names(row["title"])) if name in text)
    return [row for row in rows if any(said[name] == 1 and _stands(name, said) for name in names(row["title"]))]


def _stands(name: str, said: Mapping[str, int]) -> bool:
    """Not only as a part of a longer name that is said, too."""
    return not any(name in longer and name != longer for longer in said)


def by_place(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one whose button was pressed, or whose place was said: 第二张."""
    said = str(turn.entities.get(CHOICE) or "")
    if not said and (found := _NTH.search(turn.text)):
        said = str(number(found[1]))
    return dict(rows[int(said) - 1]) if said.isdecimal() and 0 < int(said) <= len(rows) else None


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

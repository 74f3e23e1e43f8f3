"""PURE · one of several that were listed: chosen by a button, by its place in the list, or by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.replies import Button, button, yuan
from actions.turn import Turn

LEAVE = button("先不办了", "cancel")
CHOICE = "choice"  # said by buttons alone: the place in the list, from 1
_NTH = re.compile(r"第([一二三四五六七八九1-9])(?:笔|个|条)")
_NUMERALS = "一二三四五六七八九"


def named(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The one of `rows` (each has a title) that the message names; None where none, or more than one."""
    said = str(turn.entities.get(CHOICE) or "")
    if not said and (found := _NTH.search(turn.text)):
        said = found[1] if found[1].isdecimal() else str(_NUMERALS.index(found[1]) + 1)
    if said.isdecimal() and 0 < int(said) <= len(rows):
        return dict(rows[int(said) - 1])
    meant = [row for row in rows if any(part in turn.text for part in row["title"].split("·"))]
    return dict(meant[0]) if len(meant) == 1 else None


def buttons(rows: Sequence[Mapping[str, Any]], *, most: int = 5) -> tuple[Button, ...]:
    """One for each, with what is owed of it where that is known, and one to leave."""
    each = (button(_title(row), "inform", **{CHOICE: str(no)}) for no, row in enumerate(rows[:most], 1))
    return (*each, LEAVE)


def _title(row: Mapping[str, Any]) -> str:
    owed = f" {yuan(row['owed_fen'])} 元" if "owed_fen" in row else ""
    return f"{row['title']}{owed}"

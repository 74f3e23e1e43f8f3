"""What agents ask and write in the console, as values: a page of a list, bounded texts, yuan as fen, days."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated

from fastapi import Form, Query

from service.domain.errors import Refused
from service.domain.money import written_fen

PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
State = Annotated[str, Query(max_length=16)]
Short = Annotated[str, Form(max_length=64)]
Remark = Annotated[str, Form(max_length=500)]
Back = Annotated[str, Form(max_length=200)]


def fen_of(text: str) -> int:
    """Yuan as an agent writes them. Raises Refused: no amount above 0."""
    if (fen := written_fen(text)) is None:
        raise Refused("金额请写成数字，最多两位小数，例如 500 或 500.50。")
    return fen


def fen_or_zero(text: str) -> int:
    """As `fen_of`, where nothing at all is an answer, too. Raises Refused."""
    return 0 if re.fullmatch(r"0+(\.0{1,2})?", text.strip()) else fen_of(text)


def day_of(text: str) -> date:
    """Raises Refused: not a day written as 2026-11-27."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("日期请写成 2026-11-27 这样。") from None


def clock_of(text: str) -> time | None:
    """A field that may be left empty. Raises Refused: no time of day written as 09:30."""
    if not text.strip():
        return None
    try:
        hour, minute = map(int, text.split(":"))
        return time(hour, minute)
    except ValueError:
        raise Refused("时间请写成 09:30 这样。") from None

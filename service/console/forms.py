"""What agents ask and write in the console, as values: a page of a list, bounded texts, yuan as fen, days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import Form, Query

from service.domain.errors import Refused
from service.domain.money import LARGEST_FEN

PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
State = Annotated[str, Query(max_length=16)]
Short = Annotated[str, Form(max_length=64)]
Remark = Annotated[str, Form(max_length=500)]


def fen_of(text: str) -> int:
    """Yuan as an agent writes them: '30,000', '500.50' or '500元'. Raises Refused: no amount above 0."""
    try:
        fen = Decimal(text.strip().replace(",", "").replace("，", "").removesuffix("元")) * 100
    except InvalidOperation:
        fen = Decimal(-1)
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 < fen <= LARGEST_FEN:
        raise Refused("金额请写成数字，最多两位小数，例如 500 或 500.50。")
    return int(fen)


def day_of(text: str) -> date:
    """Raises Refused: not a day written as 2026-11-27."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("日期请写成 2026-11-27 这样。") from None

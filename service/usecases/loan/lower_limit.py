"""A credit line's base limit is lowered; what is used already stays used and is repaid as agreed."""

from __future__ import annotations

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, change_line, new_event


def lower_limit(conn: Connection, order: LineOrder, *, limit_fen: int) -> CreditLine:
    """The base becomes `limit_fen` (0: nothing more can be drawn); the same key again changes nothing.

    Raises what `change_line` raises, and Refused: limit_not_lower, limit_negative.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if limit_fen < 0:
            raise Refused("额度不能小于 0 元。", code="limit_negative")
        if limit_fen >= line.state.limit_fen:
            raise Refused(f"新的额度要低于现在的 {spoken_yuan(line.state.limit_fen)} 元。", code="limit_not_lower")
        return new_event(line, EventKind.LOWERED, order, reason=reason, amount_fen=limit_fen)

    return change_line(conn, order, kind=EventKind.LOWERED, wish=(limit_fen,), make=make)

"""A credit line's base limit is lowered; what is used already stays used and is repaid as agreed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.loan.limit_rules import LimitRules
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import change_line, new_event


def lower_limit(
    conn: Connection,
    *,
    line_id: str,
    limit_fen: int,
    reason_code: str,
    by: str,
    key: str,
    note: str = "",
    now: datetime,
    rules: LimitRules,
) -> CreditLine:
    """The base becomes `limit_fen` (0: nothing more can be drawn); the same key again changes nothing.

    Raises what `change_line` raises, and Refused: limit_not_lower, limit_negative.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if limit_fen < 0:
            raise Refused("额度不能小于 0 元。", code="limit_negative")
        if limit_fen >= line.state.limit_fen:
            raise Refused(f"新的额度要低于现在的 {spoken_yuan(line.state.limit_fen)} 元。", code="limit_not_lower")
        return new_event(line, EventKind.LOWERED, reason=reason, by=by, now=now, amount_fen=limit_fen)

    return change_line(
        conn,
        line_id=line_id,
        kind=EventKind.LOWERED,
        wish=(limit_fen,),
        reason_code=reason_code,
        by=by,
        key=key,
        note=note,
        now=now,
        rules=rules,
        make=make,
    )

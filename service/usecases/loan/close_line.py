"""A credit line is closed for good, once nothing is owed under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.loan.limit_rules import LimitRules
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import change_line, new_event


def close_line(
    conn: Connection,
    *,
    line_id: str,
    reason_code: str,
    by: str,
    key: str,
    note: str = "",
    now: datetime,
    rules: LimitRules,
) -> CreditLine:
    """Nothing can change a closed line any more; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: line_in_use.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if line.used_fen:
            detail = f"这个额度下还有 {spoken_yuan(line.used_fen)} 元本金没有还清，还清后才能关闭。"
            raise Refused(detail, code="line_in_use")
        return new_event(line, EventKind.CLOSED, reason=reason, by=by, now=now)

    return change_line(
        conn,
        line_id=line_id,
        kind=EventKind.CLOSED,
        wish=(),
        reason_code=reason_code,
        by=by,
        key=key,
        note=note,
        now=now,
        rules=rules,
        make=make,
    )

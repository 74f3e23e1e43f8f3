"""A credit line's base limit is raised, by a named person or by a rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.loan.limit_rules import LimitRules
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import change_line, check_cap, new_event, room_fen


def raise_limit(
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
    """The base becomes `limit_fen`, within the cap per borrower; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: limit_not_higher, limit_uneven, cap_exceeded.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if limit_fen <= line.state.limit_fen:
            detail = f"新的额度要高于现在的 {spoken_yuan(line.state.limit_fen)} 元。"
            raise Refused(detail, code="limit_not_higher")
        if limit_fen % rules.step_fen:
            raise Refused(f"额度要是 {spoken_yuan(rules.step_fen)} 元的整数倍。", code="limit_uneven")
        check_cap(limit_fen + line.state.temporary_fen, room_fen(conn, line, rules=rules, now=now), rules=rules)
        return new_event(line, EventKind.RAISED, reason=reason, by=by, now=now, amount_fen=limit_fen)

    return change_line(
        conn,
        line_id=line_id,
        kind=EventKind.RAISED,
        wish=(limit_fen,),
        reason_code=reason_code,
        by=by,
        key=key,
        note=note,
        now=now,
        rules=rules,
        make=make,
    )

"""A credit line's base limit is raised, by a named person or by a rule."""

from __future__ import annotations

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, change_line, check_cap, new_event


def raise_limit(conn: Connection, order: LineOrder, *, limit_fen: int) -> CreditLine:
    """The base becomes `limit_fen`, within the cap per borrower; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: limit_not_higher, limit_uneven, cap_exceeded.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if limit_fen <= line.state.limit_fen:
            detail = f"新的额度要高于现在的 {spoken_yuan(line.state.limit_fen)} 元。"
            raise Refused(detail, code="limit_not_higher")
        if limit_fen % order.rules.step_fen:
            raise Refused(f"额度要是 {spoken_yuan(order.rules.step_fen)} 元的整数倍。", code="limit_uneven")
        check_cap(conn, line, order, total_fen=limit_fen + line.state.temporary_fen)
        return new_event(line, EventKind.RAISED, order, reason=reason, amount_fen=limit_fen)

    return change_line(conn, order, kind=EventKind.RAISED, wish=(limit_fen,), make=make)

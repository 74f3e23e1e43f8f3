"""A credit line is frozen for a reason: nothing can be drawn, everything can be repaid."""

from __future__ import annotations

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.usecases.loan.changing_line import LineOrder, change_line, new_event


def freeze_line(conn: Connection, order: LineOrder) -> CreditLine:
    """Each reason freezes by itself and is lifted by itself; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: already_frozen (for this reason).
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if any(one.code == reason.code for one in line.state.freezes):
            raise Refused("这个额度已经因为同样的原因暂停了。", code="already_frozen")
        return new_event(line, EventKind.FROZEN, order, reason=reason)

    return change_line(conn, order, kind=EventKind.FROZEN, wish=(), make=make)

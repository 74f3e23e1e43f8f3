"""One freeze of a credit line is lifted, by a named person and for a reason; others stay."""

from __future__ import annotations

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.usecases.loan.changing_line import LineOrder, change_line, new_event


def unfreeze_line(conn: Connection, order: LineOrder, *, lifts: str) -> CreditLine:
    """`lifts` is the code of the freeze that ends; the same key again changes nothing.

    Raises what `change_line` raises, and Refused: not_frozen (not for this reason).
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if all(one.code != lifts for one in line.state.freezes):
            raise Refused("这个额度没有因为这个原因暂停，请核对后再操作。", code="not_frozen")
        return new_event(line, EventKind.UNFROZEN, order, reason=reason, lifts=lifts)

    return change_line(conn, order, kind=EventKind.UNFROZEN, wish=(lifts,), make=make)

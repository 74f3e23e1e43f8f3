"""The temporary part of a credit line ends before its last day, by a named person and for a reason."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.usecases.loan.changing_line import LineOrder, change_line, new_event


def cancel_temporary_limit(conn: Connection, order: LineOrder) -> CreditLine:
    """From today on nothing temporary counts, though it had not begun yet; what was drawn under it stays lent and is
    repaid as agreed. The same key again changes nothing.

    Raises what `change_line` raises, and Refused: no_temporary.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if not line.state.temporary_fen:
            raise Refused("这个额度没有临时额度可以取消。", code="no_temporary")
        ended = new_event(line, EventKind.TEMPORARY_ENDED, order, reason=reason, amount_fen=line.state.temporary_fen)
        return replace(ended, from_on=line.state.temporary_from, until_on=line.state.temporary_until)

    return change_line(conn, order, kind=EventKind.TEMPORARY_ENDED, wish=(), make=make)

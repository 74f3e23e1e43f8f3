"""A credit line is closed for good, once nothing is owed under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.domain.days import business_date
from service.domain.errors import Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason
from service.domain.loan.settlement import payoff_of
from service.domain.money import spoken_yuan
from service.usecases.loan.changing_line import LineOrder, change_line, new_event
from service.usecases.loan.current import current_book


def close_line(conn: Connection, order: LineOrder) -> CreditLine:
    """Nothing can change a closed line any more; the same key again changes nothing. Nothing may be owed under it, not
    even interest, penalty or a fee alone.

    Raises what `change_line` raises, and Refused: line_in_use.
    """

    def make(line: CreditLine, reason: Reason) -> LineEvent:
        if line.used_fen:
            detail = f"这个额度下还有 {spoken_yuan(line.used_fen)} 元本金没有还清，还清后才能关闭。"
            raise Refused(detail, code="line_in_use")
        if owed := _unpaid_fen(conn, line, now=order.now):
            detail = f"这个额度下还有 {spoken_yuan(owed)} 元利息或费用没有还清，还清后才能关闭。"
            raise Refused(detail, code="line_in_use")
        return new_event(line, EventKind.CLOSED, order, reason=reason)

    return change_line(conn, order, kind=EventKind.CLOSED, wish=(), make=make)


def _unpaid_fen(conn: Connection, line: CreditLine, *, now: datetime) -> int:
    """Of the loans under the line: today's penalty interest included, and an account's interest that no statement has
    asked for yet."""
    today = business_date(now)
    book = current_book(conn, borrower_id=line.borrower_id, today=today)
    return sum(payoff_of(loan, today).total_fen for loan in book.active if loan.credit_line_id == line.id)

"""The credit lines of one borrower as the desk sees them: the person masked, each line with its history."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import loan as ledger
from service.domain.desk.credit_lines import LineAtDesk, LinesAtDesk
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.desk.pages import Person
from service.domain.errors import NotFound
from service.domain.loan.credit_line import CreditLine


def credit_lines(conn: Connection, *, borrower_id: str, today: date) -> LinesAtDesk:
    """Raises NotFound (borrower_unknown)."""
    known = ledger.borrower_of(conn, borrower_id)
    if known is None:
        raise NotFound("没有找到这位客户的账户，请返回会话或案件重新打开。", code="borrower_unknown")
    person = Person(borrower_id, mask_name(known[0]), mask_phone(known[1]))
    return LinesAtDesk(person, tuple(_row(conn, line, today) for line in store.lines_of(conn, borrower_id)))


def _row(conn: Connection, line: CreditLine, today: date) -> LineAtDesk:
    notes = store.notes_of(conn, line.id)
    events = tuple((one, notes[one.no]) for one in reversed(store.events_of(conn, line.id)))
    return LineAtDesk(line, line.standing(today), events)

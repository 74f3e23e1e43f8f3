"""Applications for a higher limit as the desk sees them: with the person masked, the line, the facts and the reasons."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import limit_application as applications
from service.db import loan as ledger
from service.domain.desk.limit_applications import ApplicationRow
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.desk.pages import Page, Person
from service.domain.loan.limit_application import Application

PAGE_SIZE = 20


def limit_applications(conn: Connection, *, state: str, number: int) -> Page[ApplicationRow]:
    """Page `number` (clamped to the last one); those that wait for a person are listed longest waiting first."""
    total = applications.count(conn, state=state)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    found = applications.page(conn, state=state, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(tuple(_row(conn, one) for one in found), number, PAGE_SIZE, total)


def _row(conn: Connection, one: Application) -> ApplicationRow:
    known = ledger.borrower_of(conn, one.borrower_id)
    person = None if known is None else Person(one.borrower_id, mask_name(known[0]), mask_phone(known[1]))
    line = next(line for line in store.lines_of(conn, one.borrower_id) if line.id == one.line_id)
    return ApplicationRow(
        application=one, person=person, product_name=line.product_name, limit_fen=line.state.limit_fen
    )

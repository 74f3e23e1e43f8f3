"""Applications for a higher limit as the desk sees them: the person masked, with line, facts and reasons."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import limit_application as applications
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.desk.limit_applications import ApplicationRow
from service.domain.desk.mask import mask_name, mask_phone
from service.domain.desk.pages import Page, Person
from service.domain.errors import NotFound
from service.domain.loan.limit_application import Application

PAGE_SIZE = 20


def limit_applications(conn: Connection, *, state: str, number: int, now: datetime) -> Page[ApplicationRow]:
    """Page `number` (clamped to the last one); those that wait for a person are listed longest waiting first."""
    total = applications.count(conn, state=state)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    found = applications.page(conn, state=state, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(tuple(_row(conn, one, now=now) for one in found), number, PAGE_SIZE, total)


def one_application(conn: Connection, *, application_id: str) -> Application:
    """Raises NotFound."""
    found = applications.by_id(conn, application_id)
    if found is None:
        raise NotFound("没有找到这个提额申请，请返回列表重新选择。", code="application_unknown")
    return found


def _row(conn: Connection, one: Application, *, now: datetime) -> ApplicationRow:
    known = ledger.borrower_of(conn, one.borrower_id)
    line = next(line for line in store.lines_of(conn, one.borrower_id) if line.id == one.line_id)
    return ApplicationRow(
        application=one,
        person=None if known is None else Person(one.borrower_id, mask_name(known[0]), mask_phone(known[1])),
        product_name=line.product_name,
        limit_fen=line.state.limit_fen,
        income_fen=applications.income_on(conn, one.borrower_id, day=business_date(now)),
        key=uuid4().hex,
    )

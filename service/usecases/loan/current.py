"""A borrower's book as it stands today, without writing anything: the days since the last close are let pass in
memory, so that a figure read at noon is the figure a payment at noon would meet."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from service.db import loan as ledger
from service.domain.errors import NotFound
from service.domain.loan.accrual import age
from service.domain.loan.book import Book


def current_book(conn: Connection, *, borrower_id: str, today: date, settled: bool = False) -> Book:
    """Raises NotFound where there is no such borrower."""
    book = ledger.load_book(conn, borrower_id, settled=settled)
    if book is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    return age(book, today).book

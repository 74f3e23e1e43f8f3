"""Bringing a loan, and with it the borrower's other loans, up to a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db.loan_changes import write_changes
from service.domain.errors import NotFound
from service.domain.loan.accrual import age
from service.domain.loan.book import Book


def age_loan(conn: Connection, *, loan_id: str, today: date, now: datetime) -> Book:
    """Recognise, accrue and restate until `today`. All loans of the borrower move together, because they share
    his suspense. Raises NotFound."""
    borrower_id = ledger.owner_of_loan(conn, loan_id)
    if borrower_id is None:
        raise NotFound("没有找到这笔借款。", code="loan_unknown")
    return age_borrowers(conn, borrower_ids=[borrower_id], today=today, now=now)[0]


def age_borrowers(conn: Connection, *, borrower_ids: Sequence[str], today: date, now: datetime) -> list[Book]:
    """Age the books of several borrowers in one handful of statements; returns them as they are afterwards."""
    books = list(ledger.load_books(conn, borrower_ids, lock=True))
    aged = [age(book, today) for book in books]
    entries = [(one.book.borrower_id, entry) for one in aged for entry in one.entries]
    write_changes(conn, [(book, one.book) for book, one in zip(books, aged, strict=True)], entries=entries, now=now)
    return [one.book for one in aged]

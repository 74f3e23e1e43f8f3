"""Something happens to a borrower's book: it is kept as an event, and book and journal follow, in one transaction."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_event as log
from service.db.loan_event import Kept
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound
from service.domain.loan.book import Book
from service.domain.loan.event import Body, Event
from service.domain.loan.posting import Posted
from service.usecases.loan.open_books import OpenBooks


def locked_book(conn: Connection, borrower_id: str) -> Book:
    """The borrower's active loans, his row held until the transaction ends. Raises NotFound."""
    book = next(ledger.load_books(conn, [borrower_id], lock=True), None)
    if book is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    return book


def borrower_of_loan(conn: Connection, loan_id: str) -> str:
    """Raises NotFound."""
    borrower_id = ledger.owner_of_loan(conn, loan_id)
    if borrower_id is None:
        raise NotFound("没有找到这笔借款。", code="loan_unknown")
    return borrower_id


def post_once(
    conn: Connection, *, borrower_id: str, key: str, body: Body, by: str, reason: str = "", on: date, now: datetime
) -> Book:
    """`post_event` for requests that carry a key: the same again changes nothing; returns the book as it is then.

    Raises KeyReused where the key came with another request, and what `post_event` raises.
    """
    book = locked_book(conn, borrower_id)
    known = log.event_of(conn, key)
    if known is not None:
        if (known.borrower_id, known.event.body) != (borrower_id, body):
            raise KeyReused("这个请求编号已用于另一项操作，请重新发起。")
        return book
    return post_event(conn, book, Event(key, on, body), by=by, reason=reason, now=now).book


def post_event(conn: Connection, book: Book, event: Event, *, by: str, reason: str = "", now: datetime) -> Posted:
    """Post an event to a `locked_book`. The book returned is aged as far as it was, or to the event.

    One that counts from an earlier day than the book has reached is played again with everything after it. Raises
    Refused where the book does not allow it.
    """
    books = OpenBooks(conn, [book], now=now)
    done = books.post(book.borrower_id, event, by=by, reason=reason)
    books.write()
    return done


def cancel(
    conn: Connection, kept: Kept, *, key: str, by: str, reason: str, now: datetime, owed_if_refunded: bool = False
) -> Book:
    """Take an event back as if it had never happened; the caller holds the borrower's row and knows that it stands.

    Where money of it has been refunded since, the borrower owes that (`owed_if_refunded`), or Refused (later_refund)
    is raised.
    """
    books = OpenBooks(conn, [locked_book(conn, kept.borrower_id)], now=now)
    until = max(business_date(now), books.reached(kept.borrower_id) or kept.event.on)  # a book is one of its day
    after = books.cancel(kept.borrower_id, kept.event.key, cause=key, until=until, owed_if_refunded=owed_if_refunded)
    log.cancel_event(conn, kept, key=key, by=by, reason=reason, now=now)
    books.write()
    return after

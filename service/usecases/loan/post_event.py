"""Something happens to a borrower's book: it is kept as an event, and book and journal follow, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_event as log
from service.db import loan_journal as journal
from service.db.loan_event import Kept
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.book import Book
from service.domain.loan.event import Body, Disbursed, Event, apply
from service.domain.loan.history import Rebuilt, corrections, rebuild
from service.domain.loan.posting import Posted


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
    reached = _reached(conn, book)
    if reached is not None and event.on < reached:
        return _post_late(conn, book, event, until=reached, by=by, reason=reason, now=now)
    done = apply(book, event)
    log.add_event(conn, book.borrower_id, event, by=by, reason=reason, now=now)
    if isinstance(event.body, Disbursed):
        ledger.add_loan(conn, event.body.loan, now=now)
    journal.append_entries(conn, [(book.borrower_id, one) for one in done.entries], now=now)
    ledger.save_books(conn, [(book, done.book)])
    return done


def cancel(conn: Connection, kept: Kept, *, key: str, by: str, reason: str, now: datetime) -> Book:
    """Take an event back as if it had never happened; the caller holds the borrower's row and knows that it stands.

    Raises Refused (later_refund) where money of it has gone out since.
    """
    reached = _reached(conn, locked_book(conn, kept.borrower_id))
    until = max(business_date(now), reached or kept.event.on)  # as with a payment, the book is one of its day
    log.cancel_event(conn, kept, key=key, by=by, reason=reason, now=now)
    return _replay(conn, kept.borrower_id, cause=key, until=until, now=now).book


def _post_late(
    conn: Connection, book: Book, event: Event, *, until: date, by: str, reason: str, now: datetime
) -> Posted:
    log.add_event(conn, book.borrower_id, event, by=by, reason=reason, now=now)
    if isinstance(event.body, Disbursed):
        ledger.add_loan(conn, event.body.loan, now=now)
    rebuilt = _replay(conn, book.borrower_id, cause=event.key, until=until, now=now)
    if event.key not in rebuilt.done:
        apply(book, event)  # says why not
        raise Refused("这项操作按所填日期已经无法入账，请核对日期。", code="not_possible_then")
    return replace(rebuilt.done[event.key], book=rebuilt.book)


def _replay(conn: Connection, borrower_id: str, *, cause: str, until: date, now: datetime) -> Rebuilt:
    before = next(ledger.load_books(conn, [borrower_id], settled=True))
    try:
        rebuilt = rebuild(borrower_id, log.history(conn, borrower_id), until)
    except Refused as refusal:
        raise Refused("之后已有预存款退款，请先处理退款再改动这一笔。", code="later_refund") from refusal
    kept = [written.entry for written in journal.written_entries(conn, borrower_id)]
    missing = corrections(kept, rebuilt.entries, cause=cause, on=until)
    journal.append_entries(conn, [(borrower_id, one) for one in missing], now=now)
    ledger.save_books(conn, [(before, rebuilt.book)])
    return rebuilt


def _reached(conn: Connection, book: Book) -> date | None:
    """The last business date that anything in the book counts from."""
    days = [loan.aged_on for loan in book.loans if loan.aged_on]
    last = log.last_event_on(conn, book.borrower_id)
    return max([*days, last] if last else days, default=None)

"""Something is bought with an account: it is owed from that day, and the next statement asks for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from service.db import credit_line as lines
from service.db import loan_event as log
from service.domain.errors import KeyReused, Refused
from service.domain.loan.book import Book
from service.domain.loan.credit_line import ON_PLAN
from service.domain.loan.event import Event, Purchased
from service.usecases.loan.disburse import check_limit
from service.usecases.loan.post_event import borrower_of_loan, locked_book, post_event


def purchase(
    conn: Connection, *, purchase_id: str, loan_id: str, amount_fen: int, on: date, what: str, by: str, now: datetime
) -> Book:
    """Post a purchase of `amount_fen`, once per `purchase_id`; one of an earlier day counts from that day.

    Raises NotFound (loan_unknown), KeyReused, Refused (amount_not_positive, line_not_active, limit_exceeded,
    not_for_purchases, plan_running, loan_settled).
    """
    if amount_fen <= 0:
        raise Refused("消费金额要大于 0 元。", code="amount_not_positive")
    borrower_id = borrower_of_loan(conn, loan_id)
    book = locked_book(conn, borrower_id)
    body = Purchased(loan_id, amount_fen, what)
    known = log.event_of(conn, event_key(purchase_id))
    if known is not None:
        if (known.borrower_id, known.event.on, known.event.body) != (borrower_id, on, body):
            raise KeyReused("这个消费编号已经用于另一笔消费。")
        return book
    account = next((one for one in book.active if one.id == loan_id), None)
    if account is not None:
        if account.plan is not None and on >= account.plan.started_on:
            raise Refused(f"这个账户{ON_PLAN}。", code="plan_running")
        line = next(one for one in lines.lines_of(conn, borrower_id) if one.id == account.credit_line_id)
        check_limit(conn, line, amount_fen, on=on)
    return post_event(conn, book, Event(event_key(purchase_id), on, body), by=by, now=now).book


def event_key(purchase_id: str) -> str:
    """The key of the event, and of the journal's entry, that a purchase is."""
    return f"purchase:{purchase_id}"

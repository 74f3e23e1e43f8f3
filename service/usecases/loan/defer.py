"""A hardship plan: the unpaid due dates of a loan move by months, approved by a named person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.domain.errors import KeyReused, Refused
from service.domain.loan.book import Book
from service.domain.loan.event import Deferred, Event
from service.usecases.loan.post_event import borrower_of_loan, locked_book, post_event

MONTHS_AT_MOST = 12


def defer(
    conn: Connection,
    *,
    loan_id: str,
    months: int,
    approved_by: str,
    plan_id: str,
    reason: str = "",
    now: datetime,
    today: date,
) -> Book:
    """Age the loan to `today`, then move every unpaid due date by `months`; returns the borrower's book. What was
    charged stays owed; nothing is charged for the months given. The same plan again changes nothing.

    Raises NotFound, KeyReused, Refused (months_out_of_range, loan_settled, approval_missing).
    """
    if not 1 <= months <= MONTHS_AT_MOST:
        raise Refused(f"延期月数要在 1 到 {MONTHS_AT_MOST} 之间。", code="months_out_of_range")
    if not approved_by.strip():
        raise Refused("延期方案需要审批人。", code="approval_missing")
    borrower_id = borrower_of_loan(conn, loan_id)
    book = locked_book(conn, borrower_id)
    known = ledger.hardship_plan_of(conn, plan_id)
    if known is not None:
        if known != (loan_id, months, approved_by):
            raise KeyReused("这个延期方案编号已经用于另一个方案。")
        return book
    event = Event(f"deferral:{plan_id}", today, Deferred(loan_id, months))
    done = post_event(conn, book, event, by=approved_by, reason=reason or plan_id, now=now)
    ledger.add_hardship_plan(
        conn, plan_id=plan_id, loan_id=loan_id, months=months, reason=reason, approved_by=approved_by, now=now
    )
    return done.book

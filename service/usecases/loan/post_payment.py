"""Posting a payment to the ledger: once, whole, and with a receipt that a repeat gets again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan_journal as journal
from service.domain.days import business_date
from service.domain.errors import KeyReused, Refused
from service.domain.loan.bill import debt_in
from service.domain.loan.book import Book
from service.domain.loan.event import Event, Paid
from service.domain.loan.payment import Share
from service.usecases.loan.plan_payment import PaymentPlan
from service.usecases.loan.post_event import locked_book, post_event


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the money paid for, in fen; `loans` are those it settled. `to_suspense_fen` is kept for the next due
    date (negative: so much was taken from suspense). `duplicate`: this payment had been posted before."""

    payment_id: str
    amount_fen: int
    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    to_suspense_fen: int
    loans: tuple[str, ...]
    still_overdue_fen: int
    paid_at: datetime
    duplicate: bool = False


def post_payment(
    conn: Connection,
    *,
    payment_id: str,
    borrower_id: str,
    plan_or_shares: PaymentPlan | Sequence[Share] | None = None,
    amount_fen: int,
    paid_at: datetime,
    channel: str,
    now: datetime,
) -> Receipt:
    """Age the borrower's loans to the day of `paid_at`, then post the payment to the shares given (None: in the order
    on which his contracts agree). What a share cannot use any more goes to whatever else is due, then to suspense.
    Money of an earlier day than the ledger has reached counts from that day: what came after it is allocated anew.

    The same id with the same request gives the first receipt again. Raises KeyReused for another request, NotFound
    for an unknown borrower, Refused (amount_not_positive, shares_exceed_amount).
    """
    shares = plan_or_shares.shares if isinstance(plan_or_shares, PaymentPlan) else plan_or_shares
    _check(amount_fen, shares)
    request = _fingerprint(borrower_id, amount_fen, shares)
    book = locked_book(conn, borrower_id)
    known = journal.receipt_of(conn, payment_id)
    if known is not None:
        if known.request != request:
            raise KeyReused("这笔还款编号已经用于另一笔还款，请刷新后重试。")
        return _receipt(known, duplicate=True)
    today = business_date(paid_at)
    body = Paid(amount_fen, None if shares is None else tuple(shares))
    posted = post_event(conn, book, Event(event_key(payment_id), today, body), by=channel, now=now)
    kept = journal.Receipt(
        payment_id=payment_id,
        borrower_id=borrower_id,
        request=request,
        channel=channel,
        amount_fen=amount_fen,
        fee_fen=posted.paid.fee_fen,
        penalty_fen=posted.paid.penalty_fen,
        interest_fen=posted.paid.interest_fen,
        principal_fen=posted.paid.principal_fen,
        to_suspense_fen=posted.to_suspense_fen,
        settled_loans=posted.settled,
        still_overdue_fen=debt_in(posted.book, _reached(posted.book, today)).overdue_fen,
        paid_at=paid_at,
        created_at=now,
    )
    journal.add_receipt(conn, kept)
    return _receipt(kept)


def event_key(payment_id: str) -> str:
    """The key of the event, and of the journal's entry, that a payment is."""
    return f"payment:{payment_id}"


def _reached(book: Book, day: date) -> date:
    return max([day, *(loan.aged_on for loan in book.active if loan.aged_on)])


def _check(amount_fen: int, shares: Sequence[Share] | None) -> None:
    if amount_fen <= 0:
        raise Refused("还款金额要大于 0 元，请重新告诉我金额。", code="amount_not_positive")
    if shares is not None and (sum(one.amount_fen for one in shares) > amount_fen or _any_negative(shares)):
        raise Refused("还款金额与分配的明细不一致，请重新发起还款。", code="shares_exceed_amount")


def _any_negative(shares: Sequence[Share]) -> bool:
    return any(one.amount_fen < 0 for one in shares)


def _fingerprint(borrower_id: str, amount_fen: int, shares: Sequence[Share] | None) -> str:
    parts = None if shares is None else [[one.loan_id, one.amount_fen, one.settles] for one in shares]
    return hashlib.sha256(json.dumps([borrower_id, amount_fen, parts]).encode()).hexdigest()


def _receipt(kept: journal.Receipt, *, duplicate: bool = False) -> Receipt:
    return Receipt(
        payment_id=kept.payment_id,
        amount_fen=kept.amount_fen,
        fee_fen=kept.fee_fen,
        penalty_fen=kept.penalty_fen,
        interest_fen=kept.interest_fen,
        principal_fen=kept.principal_fen,
        to_suspense_fen=kept.to_suspense_fen,
        loans=kept.settled_loans,
        still_overdue_fen=kept.still_overdue_fen,
        paid_at=kept.paid_at,
        duplicate=duplicate,
    )

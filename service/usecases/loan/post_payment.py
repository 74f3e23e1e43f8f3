"""Posting a payment to the ledger: once, whole, and with a receipt that a repeat gets again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_journal as journal
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.accrual import age, rewind_penalty
from service.domain.loan.bill import debt_in
from service.domain.loan.book import Book
from service.domain.loan.payment import Share, pay
from service.domain.loan.posting import Posted, spread
from service.usecases.loan.plan_payment import PaymentPlan


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
    """Age the borrower's loans to the day of `paid_at`, then post the payment to the shares given (None: oldest
    due first). What a share cannot use any more goes to whatever else is due, then to suspense.

    The same id with the same request gives the first receipt again. Raises KeyReused for another request, NotFound
    for an unknown borrower, Refused (amount_not_positive, shares_exceed_amount).
    """
    shares = plan_or_shares.shares if isinstance(plan_or_shares, PaymentPlan) else plan_or_shares
    _check(amount_fen, shares)
    request = _fingerprint(borrower_id, amount_fen, shares)
    book = next(ledger.load_books(conn, [borrower_id], lock=True), None)
    if book is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    known = journal.receipt_of(conn, payment_id)
    if known is not None:
        if known.request != request:
            raise KeyReused("这笔还款编号已经用于另一笔还款，请刷新后重试。")
        return _receipt(known, duplicate=True)
    return _receipt(_post(conn, book, payment_id, shares, amount_fen, paid_at, channel, now, request))


def _post(
    conn: Connection,
    book: Book,
    payment_id: str,
    shares: Sequence[Share] | None,
    amount_fen: int,
    paid_at: datetime,
    channel: str,
    now: datetime,
    request: str,
) -> journal.Receipt:
    today = business_date(paid_at)
    posted = _decide(book, payment_id, shares, amount_fen, today)
    journal.append_entries(conn, [(book.borrower_id, one) for one in posted.entries], now=now)
    ledger.save_books(conn, [(book, posted.book)])
    kept = journal.Receipt(
        payment_id=payment_id,
        borrower_id=book.borrower_id,
        request=request,
        channel=channel,
        amount_fen=amount_fen,
        fee_fen=posted.paid.fee_fen,
        penalty_fen=posted.paid.penalty_fen,
        interest_fen=posted.paid.interest_fen,
        principal_fen=posted.paid.principal_fen,
        to_suspense_fen=posted.to_suspense_fen,
        settled_loans=posted.settled,
        still_overdue_fen=debt_in(posted.book, max(today, _aged_on(book) or today)).overdue_fen,
        paid_at=paid_at,
        created_at=now,
    )
    journal.add_receipt(conn, kept)
    return kept


def _decide(book: Book, payment_id: str, shares: Sequence[Share] | None, amount_fen: int, today: date) -> Posted:
    """Money that arrives after later days were aged counts from the day it was paid: their penalty interest is
    taken back, and charged again on what is still overdue."""
    aged_on = _aged_on(book)
    late = aged_on is not None and aged_on > today
    first = rewind_penalty(book, today, cause=payment_id) if late else age(book, today)
    if shares is None:
        shares = [Share(loan_id, fen) for loan_id, fen in spread(amount_fen, first.book.billed(today)).items()]
    posted = pay(first.book, payment_id=payment_id, shares=shares, amount_fen=amount_fen, on=today)
    last = age(posted.book, aged_on, cause=payment_id) if late and aged_on else Posted(posted.book, ())
    return replace(posted, book=last.book, entries=(*first.entries, *posted.entries, *last.entries))


def _aged_on(book: Book) -> date | None:
    return max((loan.aged_on for loan in book.active if loan.aged_on), default=None)


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

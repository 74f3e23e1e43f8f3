"""Posting payments to the ledger, many at a time: each once, whole, and with a receipt that a repeat gets again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_journal as journal
from service.db.many_rows import sent_ahead, sent_together
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused, XiaoqingError
from service.domain.loan.bill import overdue_fen_in
from service.domain.loan.book import Book
from service.domain.loan.event import Event, Paid
from service.domain.loan.payment import Share
from service.domain.values import quick
from service.usecases.loan.open_books import OpenBooks, coming_late

AHEAD = 75  # payments that are written together while the next ones are worked out


@quick
@dataclass(frozen=True, slots=True)
class Receipt:
    """What the money paid for, in fen; `loans` are those it settled. `to_suspense_fen` is kept for the next due
    date (negative: so much was taken from suspense), `refund_claim_fen` gave back refunds. `duplicate`: this
    payment had been posted before."""

    payment_id: str
    amount_fen: int
    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    to_suspense_fen: int
    refund_claim_fen: int
    loans: tuple[str, ...]
    still_overdue_fen: int
    paid_at: datetime
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in: from whom, how much, when, by which channel, and, where it was said, what it is for."""

    payment_id: str
    borrower_id: str
    amount_fen: int
    paid_at: datetime
    channel: str
    shares: tuple[Share, ...] | None = None


def post_payments(conn: Connection, payments: Sequence[Payment], *, now: datetime) -> list[Receipt | XiaoqingError]:
    """Post payments in their order, each as `post_payment` does; the answers come in the same order. One that is
    refused leaves nothing behind and does not stop the others: what `post_payment` would raise is its answer."""
    batch = _Batch(conn, payments, now)
    answers: list[Receipt | XiaoqingError] = []
    with sent_ahead(conn):
        for first in range(0, len(payments), AHEAD):
            answers += [batch.answer(one) for one in payments[first : first + AHEAD]]
            batch.write()
    return answers


class _Batch:
    """The borrowers' books, held until the transaction ends in the order of their ids, and the receipts there are."""

    def __init__(self, conn: Connection, payments: Sequence[Payment], now: datetime) -> None:
        self._conn, self._now = conn, now
        whose = sorted({one.borrower_id for one in payments})
        self._books = OpenBooks(conn, ledger.load_books(conn, whose, lock=True), now=now)
        self._receipts = journal.receipts_by_id(conn, [one.payment_id for one in payments])
        self._new: list[journal.Receipt] = []
        to_post = (one for one in payments if one.borrower_id in self._books and one.payment_id not in self._receipts)
        self._books.read_past(coming_late(self._books, ((one.borrower_id, _day(one)) for one in to_post)))

    def answer(self, payment: Payment) -> Receipt | XiaoqingError:
        try:
            return self._post(payment)
        except XiaoqingError as refusal:
            return refusal

    def write(self) -> None:
        self._books.write()
        new, self._new = self._new, []
        with sent_together(self._conn):
            journal.add_receipts(self._conn, new)

    def _post(self, payment: Payment) -> Receipt:
        _check(payment.amount_fen, payment.shares)
        if payment.borrower_id not in self._books:
            raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
        request = _fingerprint(payment)
        known = self._receipts.get(payment.payment_id)
        if known is not None:
            if known.request != request:
                raise KeyReused("这笔还款编号已经用于另一笔还款，请刷新后重试。")
            return receipt_of_row(known, duplicate=True)
        day = _day(payment)
        event = Event(event_key(payment.payment_id), day, Paid(payment.amount_fen, payment.shares))
        posted = self._books.post(payment.borrower_id, event, by=payment.channel)
        kept = journal.Receipt(
            payment_id=payment.payment_id,
            borrower_id=payment.borrower_id,
            request=request,
            channel=payment.channel,
            amount_fen=payment.amount_fen,
            fee_fen=posted.paid.fee_fen,
            penalty_fen=posted.paid.penalty_fen,
            interest_fen=posted.paid.interest_fen,
            principal_fen=posted.paid.principal_fen,
            to_suspense_fen=posted.to_suspense_fen,
            refund_claim_fen=posted.to_refund_claim_fen,
            settled_loans=posted.settled,
            still_overdue_fen=overdue_fen_in(posted.book, _reached(posted.book, day)),
            paid_at=payment.paid_at,
            created_at=self._now,
        )
        self._receipts[payment.payment_id] = kept
        self._new.append(kept)
        return receipt_of_row(kept)


def event_key(payment_id: str) -> str:
    """The key of the event, and of the journal's entry, that a payment is."""
    return f"payment:{payment_id}"


def _day(payment: Payment) -> date:
    return business_date(payment.paid_at)


def _reached(book: Book, day: date) -> date:
    return max([day, *(loan.aged_on for loan in book.active if loan.aged_on)])


def _check(amount_fen: int, shares: Sequence[Share] | None) -> None:
    if amount_fen <= 0:
        raise Refused("还款金额要大于 0 元，请重新告诉我金额。", code="amount_not_positive")
    if shares is not None and (sum(one.amount_fen for one in shares) > amount_fen or _any_negative(shares)):
        raise Refused("还款金额与分配的明细不一致，请重新发起还款。", code="shares_exceed_amount")


def _any_negative(shares: Sequence[Share]) -> bool:
    return any(one.amount_fen < 0 for one in shares)


def _fingerprint(one: Payment) -> str:
    parts = None if one.shares is None else [[share.loan_id, share.amount_fen, share.settles] for share in one.shares]
    return hashlib.sha256(json.dumps([one.borrower_id, one.amount_fen, parts]).encode()).hexdigest()


def receipt_of_row(kept: journal.Receipt, *, duplicate: bool = False) -> Receipt:
    """The receipt that was given then."""
    return Receipt(
        payment_id=kept.payment_id,
        amount_fen=kept.amount_fen,
        fee_fen=kept.fee_fen,
        penalty_fen=kept.penalty_fen,
        interest_fen=kept.interest_fen,
        principal_fen=kept.principal_fen,
        to_suspense_fen=kept.to_suspense_fen,
        refund_claim_fen=kept.refund_claim_fen,
        loans=kept.settled_loans,
        still_overdue_fen=kept.still_overdue_fen,
        paid_at=kept.paid_at,
        duplicate=duplicate,
    )

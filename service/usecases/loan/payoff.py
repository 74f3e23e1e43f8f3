"""What it costs today to be rid of one loan or of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from service.domain.days import SHANGHAI
from service.domain.errors import NotFound
from service.domain.loan.settlement import Payoff, payoff_of
from service.usecases.loan.current import current_book


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """`total_fen` is the sum of the items less `suspense_fen`, of all loans with the refunds to be given back, and
    holds until `valid_until` (the day's end)."""

    total_fen: int
    suspense_fen: int
    valid_until: datetime
    items: tuple[Payoff, ...]
    refund_claim_fen: int = 0


def payoff(conn: Connection, *, borrower_id: str, today: date, loan_id: str | None = None) -> PayoffQuote:
    """Raises NotFound where the borrower is unknown or has no such active loan."""
    book = current_book(conn, borrower_id=borrower_id, today=today)
    loans = [loan for loan in book.active if loan_id in (None, loan.id)]
    if loan_id is not None and not loans:
        raise NotFound("没有找到这笔未结清的借款。", code="loan_unknown")
    items = tuple(payoff_of(loan, today) for loan in loans)
    items = tuple(item for item in items if item.total_fen or loan_id)  # not an account that nothing is owed on
    claim_fen = 0 if loan_id else book.refund_claim_fen
    return PayoffQuote(
        total_fen=max(0, sum(item.total_fen for item in items) - book.suspense_fen) + claim_fen,
        suspense_fen=book.suspense_fen,
        valid_until=datetime.combine(today, time(23, 59, 59), SHANGHAI),
        items=items,
        refund_claim_fen=claim_fen,
    )

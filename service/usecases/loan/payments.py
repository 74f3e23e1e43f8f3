"""What a borrower has paid: the latest receipts, and the sum between two instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db.loan_journal import receipts_of


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in fen; `to_suspense_fen` is what was kept for a later due date (negative: used from it),
    `refund_claim_fen` what gave back refunds."""

    payment_id: str
    paid_at: datetime
    amount_fen: int
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    to_suspense_fen: int
    refund_claim_fen: int


@dataclass(frozen=True, slots=True)
class Payments:
    payments: tuple[Payment, ...]


def payments(conn: Connection, *, borrower_id: str, limit: int = 5) -> Payments:
    """The latest payments, newest first, at most `limit`."""
    found = receipts_of(conn, borrower_id, limit=limit)
    return Payments(
        tuple(
            Payment(
                payment_id=one.payment_id,
                paid_at=one.paid_at,
                amount_fen=one.amount_fen,
                principal_fen=one.principal_fen,
                interest_fen=one.interest_fen,
                penalty_fen=one.penalty_fen,
                fee_fen=one.fee_fen,
                to_suspense_fen=one.to_suspense_fen,
                refund_claim_fen=one.refund_claim_fen,
            )
            for one in found
        )
    )

"""What a borrower has paid: the latest receipts, and the sum between two instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db.loan_journal import Receipt, credited, receipts_of
from service.domain.loan.journal import Account
from service.usecases.loan.post_payments import event_key


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in fen; `to_suspense_fen` is what was kept for a later due date (negative: used from it),
    `refund_claim_fen` what gave back refunds. What it went to is as the ledger has it now: money that was told late and
    counts from an earlier day may have changed what the receipt said."""

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
    parts = credited(conn, borrower_id, [event_key(one.payment_id) for one in found])
    return Payments(tuple(_as_it_stands(one, parts.get(event_key(one.payment_id), {})) for one in found))


def _as_it_stands(receipt: Receipt, parts: Mapping[Account, int]) -> Payment:
    return Payment(
        payment_id=receipt.payment_id,
        paid_at=receipt.paid_at,
        amount_fen=receipt.amount_fen,
        principal_fen=parts.get(Account.PRINCIPAL, 0),
        interest_fen=parts.get(Account.INTEREST, 0),
        penalty_fen=parts.get(Account.PENALTY, 0),
        fee_fen=parts.get(Account.FEE, 0),
        to_suspense_fen=parts.get(Account.SUSPENSE, 0),
        refund_claim_fen=parts.get(Account.REFUND_CLAIM, 0),
    )

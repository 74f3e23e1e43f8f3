"""The interest that days which have passed have earned and nothing has asked for yet, product by product: what an
accountant adds to the interest that is due when he closes a month. Read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from service.db import loan as ledger
from service.domain.loan.accrual import age
from service.domain.loan.book import LoanState
from service.domain.loan.settlement import interest_not_due_fen

CHUNK = 1_000  # borrowers read at a time


@dataclass(frozen=True, slots=True)
class Accrued:
    """Of one product's active loans, in fen: their principal, the interest that is earned and not due yet, and that of
    loans in non-accrual, which is no income before it is paid."""

    product_code: str
    product_name: str
    loans: int = 0
    principal_fen: int = 0
    interest_fen: int = 0
    suspended_fen: int = 0


def accrued_interest(
    conn: Connection, *, today: date, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Accrued, ...]:
    """As of the end of `today`, whose interest is in it, by product code; each loan's is rounded by itself, as its
    price of settling is. Interest that was paid before its day is in the ledger already and is taken off."""
    day_after = today + timedelta(days=1)
    ids = ledger.borrower_ids(conn)
    found: dict[str, Accrued] = {}
    for first in range(0, len(ids), CHUNK):
        for book in ledger.load_books(conn, ids[first : first + CHUNK]):
            for loan in age(book, today).book.active:
                so_far = found.get(loan.product_code) or Accrued(loan.product_code, loan.product_name)
                found[loan.product_code] = _with(so_far, loan, interest_not_due_fen(loan, day_after))
        progress(min(first + CHUNK, len(ids)), len(ids))
    return tuple(found[code] for code in sorted(found))


def _with(so_far: Accrued, loan: LoanState, fen: int) -> Accrued:
    return replace(
        so_far,
        loans=so_far.loans + 1,
        principal_fen=so_far.principal_fen + loan.unpaid_principal_fen,
        interest_fen=so_far.interest_fen + (0 if loan.non_accrual else fen),
        suspended_fen=so_far.suspended_fen + (fen if loan.non_accrual else 0),
    )

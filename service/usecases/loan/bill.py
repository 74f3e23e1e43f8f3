"""What a borrower has to pay now and next."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from service.domain.loan.bill import Bill, bill_of
from service.usecases.loan.current import current_book


def bill(conn: Connection, *, borrower_id: str, today: date) -> Bill:
    """The bill to the fen, penalty interest of today included. Raises NotFound."""
    return bill_of(current_book(conn, borrower_id=borrower_id, today=today), today)

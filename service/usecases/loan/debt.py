"""How much is overdue and what falls due next, for one borrower exactly or for the portfolio as a set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from service.db.loan_debts import select_debts
from service.domain.loan.bill import Debt, debt_in
from service.usecases.loan.current import current_book

__all__ = ["Debt", "debt_of", "debts"]


def debt_of(conn: Connection, *, borrower_id: str, today: date) -> Debt:
    """The borrower's debt to the fen, penalty interest of today included. Raises NotFound."""
    return debt_in(current_book(conn, borrower_id=borrower_id, today=today), today)


def debts(
    conn: Connection, *, today: date, dpd_at_least: int | None = None, due_within_days: int | None = None
) -> Iterator[Debt]:
    """Borrowers at least `dpd_at_least` days overdue, or with something due within `due_within_days` from today.

    One row a borrower, by id, from one statement; penalty interest as of the last close of day. Read `debt_of`
    again before acting on a row. With neither limit: nobody.
    """
    return select_debts(conn, today=today, dpd_at_least=dpd_at_least, due_within_days=due_within_days)

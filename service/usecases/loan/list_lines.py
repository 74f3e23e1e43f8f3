"""The credit lines of a borrower as they stand, closed ones included."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import loan as ledger
from service.domain.errors import NotFound
from service.domain.loan.credit_line import CreditLine


def list_lines(conn: Connection, *, borrower_id: str) -> tuple[CreditLine, ...]:
    """Raises NotFound (borrower_unknown)."""
    if ledger.borrower_of(conn, borrower_id) is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    return tuple(store.lines_of(conn, borrower_id))

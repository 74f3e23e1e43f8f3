"""How much a borrower may still borrow, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import loan as ledger
from service.domain.loan.accrual import age
from service.domain.loan.bill import debt_in


@dataclass(frozen=True, slots=True)
class Line:
    """`limit_fen` holds the temporary part, which counts through `temporary_until`."""

    line_id: str
    product_name: str
    brand: str
    scene: str
    limit_fen: int
    used_fen: int
    available_fen: int
    temporary_fen: int
    temporary_until: date | None
    status: str
    status_reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """All lines in fen and their sums; a line that is not active has nothing available.
    `overdue_fen` was due before today, on any loan."""

    lines: tuple[Line, ...]
    limit_fen: int
    used_fen: int
    available_fen: int
    overdue_fen: int


def limit(conn: Connection, *, borrower_id: str, today: date) -> Limit:
    """The lines of a borrower as of `today`, oldest first; none where he has none."""
    held = ledger.load_book(conn, borrower_id)
    book = age(held, today).book if held else None
    lines = []
    for one in store.lines_of(conn, borrower_id):
        now = one.standing(today)
        lines.append(
            Line(
                line_id=one.id,
                product_name=one.product_name,
                brand=one.brand,
                scene=one.scene,
                limit_fen=now.limit_fen,
                used_fen=now.used_fen,
                available_fen=now.available_fen,
                temporary_fen=now.temporary_fen,
                temporary_until=one.state.temporary_until if now.temporary_fen else None,
                status=now.status.value,
                status_reason=now.reason,
            )
        )
    return Limit(
        lines=tuple(lines),
        limit_fen=sum(line.limit_fen for line in lines),
        used_fen=sum(line.used_fen for line in lines),
        available_fen=sum(line.available_fen for line in lines),
        overdue_fen=debt_in(book, today).overdue_fen if book else 0,
    )

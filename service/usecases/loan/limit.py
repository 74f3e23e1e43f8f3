"""How much a borrower may still borrow, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import loan as ledger


@dataclass(frozen=True, slots=True)
class Line:
    product_name: str
    brand: str
    scene: str
    limit_fen: int
    used_fen: int
    available_fen: int
    status: str
    status_reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """All lines in fen and their sums; a line that is not active has nothing available."""

    lines: tuple[Line, ...]
    limit_fen: int
    used_fen: int
    available_fen: int


def limit(conn: Connection, *, borrower_id: str) -> Limit:
    """The lines of a borrower, oldest first; none where he has none."""
    lines = []
    for one in ledger.lines_of(conn, borrower_id):
        free = max(0, one.limit_fen - one.used_fen) if one.status == "active" else 0
        lines.append(
            Line(
                product_name=one.product_name,
                brand=one.brand,
                scene=one.scene,
                limit_fen=one.limit_fen,
                used_fen=one.used_fen,
                available_fen=free,
                status=one.status,
                status_reason=one.status_reason,
            )
        )
    return Limit(
        lines=tuple(lines),
        limit_fen=sum(line.limit_fen for line in lines),
        used_fen=sum(line.used_fen for line in lines),
        available_fen=sum(line.available_fen for line in lines),
    )

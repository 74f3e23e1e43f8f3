"""A borrower gets a limit to borrow under, one for each product."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db.loan import CreditLine
from service.domain.errors import NotFound, Refused
from service.domain.loan.products import Products


def open_line(
    conn: Connection, *, borrower_id: str, product_code: str, limit_fen: int, now: datetime, products: Products
) -> CreditLine:
    """Open an active line of `limit_fen`; again with the same limit: the same line.

    Raises NotFound (borrower or product), Refused (limit_not_positive, line_exists with another limit).
    """
    if product_code not in products:
        raise NotFound("没有这个产品。", code="product_unknown")
    if limit_fen <= 0:
        raise Refused("额度要大于 0 元。", code="limit_not_positive")
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    line_id = f"line:{borrower_id}:{product_code}"
    for known in ledger.lines_of(conn, borrower_id):
        if known.id == line_id:
            if known.limit_fen != limit_fen:
                raise Refused("这个产品已经有额度了。", code="line_exists")
            return known
    product = products[product_code]
    line = CreditLine(
        id=line_id,
        borrower_id=borrower_id,
        product_code=product_code,
        product_name=product.name,
        brand=product.brand,
        scene=product.scene,
        limit_fen=limit_fen,
        status="active",
        status_reason="",
    )
    ledger.add_line(conn, line, now=now)
    return line

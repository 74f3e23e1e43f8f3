"""A borrower gets a limit to borrow under, one for each product."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.credit_line import CreditLine, EventKind, LineEvent, Reason, apply
from service.domain.loan.products import Products
from service.usecases.loan.changing_line import request_hash

OPENED = Reason("opened", "额度开通")
BY_PRODUCTS = "rule:open_line@{version}"


def open_line(
    conn: Connection,
    *,
    borrower_id: str,
    product_code: str,
    limit_fen: int,
    now: datetime,
    products: Products,
    by: str = "",
) -> CreditLine:
    """Open an active line of `limit_fen`; again with the same limit: the same line. `by` is a person, else the
    product table did it.

    Raises NotFound (borrower or product), Refused (limit_not_positive, line_exists with another limit).
    """
    if product_code not in products:
        raise NotFound("没有这个产品。", code="product_unknown")
    if limit_fen <= 0:
        raise Refused("额度要大于 0 元。", code="limit_not_positive")
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    line_id, request = f"line:{borrower_id}:{product_code}", request_hash("opened", limit_fen)
    key = f"opened:{line_id}"
    known = store.event_by_key(conn, key)
    if known is not None:
        if known[1] != request:
            raise Refused("这个产品已经有额度了。", code="line_exists")
        return next(one for one in store.lines_of(conn, borrower_id) if one.id == line_id)
    opened = LineEvent(
        line_id=line_id,
        no=1,
        kind=EventKind.OPENED,
        amount_fen=limit_fen,
        reason=OPENED,
        by=by or BY_PRODUCTS.format(version=products.version),
        on=business_date(now),
        at=now,
    )
    product = products[product_code]
    line = CreditLine(
        id=line_id,
        borrower_id=borrower_id,
        product_code=product_code,
        product_name=product.name,
        brand=product.brand,
        scene=product.scene,
        state=apply(None, opened),
        opened_at=now,
    )
    store.add_line(conn, line, opened, key=key, request=request)
    return line

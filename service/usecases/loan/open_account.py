"""A borrower gets an account to buy with, under his line for the product."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.domain.errors import KeyReused, Refused
from service.domain.loan.book import LoanState
from service.domain.loan.event import Disbursed, Event
from service.domain.loan.origination import open_account as opened
from service.domain.loan.price_caps import PriceCaps, breaches
from service.domain.loan.products import Products
from service.usecases.loan.disburse import line_for
from service.usecases.loan.offers import offered
from service.usecases.loan.post_event import locked_book, post_event

LAST_DAY = 31  # the month's end


def open_account(
    conn: Connection,
    *,
    loan_id: str,
    borrower_id: str,
    product_code: str,
    statement_day: int,
    opened_on: date,
    purpose: str,
    products: Products,
    price_caps: PriceCaps,
    now: datetime,
) -> LoanState:
    """Open an account whose statements are made on `statement_day` of each month (31: its end); one for each line.
    The same account again changes nothing.

    Raises NotFound (product_unknown, line_unknown), KeyReused, Refused (not_for_purchases, statement_day_unknown,
    account_exists, price_over_cap: by a cap that began while the service ran).
    """
    product = offered(products, product_code)
    if product.card is None:
        raise Refused("这个产品按期还款，不能用于消费。", code="not_for_purchases")
    if not 1 <= statement_day <= LAST_DAY:
        raise Refused("账单日要在每月 1 号到 31 号之间。", code="statement_day_unknown")
    book = locked_book(conn, borrower_id)
    line = line_for(conn, borrower_id, product_code)
    known = ledger.load_loan(conn, loan_id)
    if known is not None:
        asked = (borrower_id, product_code, statement_day, opened_on)
        if (known.borrower_id, known.product_code, known.due_day, known.disbursed_on) != asked:
            raise KeyReused("这个账户编号已经用于另一个账户。")
        return known
    if any(loan.credit_line_id == line.id for loan in book.active):
        raise Refused("这个额度已经有账户了。", code="account_exists")
    if any(breach.cap.binds for breach in breaches(product, price_caps.on(opened_on))):
        raise Refused("这个账户的综合成本超过了规定的上限，现在不能开通。", code="price_over_cap")
    state = opened(
        product,
        loan_id=loan_id,
        borrower_id=borrower_id,
        credit_line_id=line.id,
        opened_on=opened_on,
        statement_day=statement_day,
        purpose=purpose,
        products_version=products.version,
    )
    post_event(conn, book, Event(f"account:{loan_id}", opened_on, Disbursed(state)), by="account", now=now)
    return state

"""Money is paid out: a loan under a line, with its schedule and the first journal entry."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_journal as journal
from service.db.loan import CreditLine
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.book import LoanState
from service.domain.loan.origination import disbursement, originate
from service.domain.loan.products import Product, Products
from service.domain.money import yuan


def disburse(
    conn: Connection,
    *,
    loan_id: str,
    borrower_id: str,
    product_code: str,
    principal_fen: int,
    periods: int,
    disbursed_on: date,
    due_day: int | None = None,
    purpose: str,
    products: Products,
    now: datetime,
) -> LoanState:
    """Pay out `principal_fen` under the borrower's line for the product; the same loan again changes nothing.

    Principal is the money actually paid out: no interest or fee is held back (民法典 670). Raises NotFound
    (product_unknown, line_unknown), KeyReused, Refused (periods_not_offered, principal_out_of_range,
    line_not_active, limit_exceeded).
    """
    product = products.get(product_code)
    if product is None:
        raise NotFound("没有这个产品。", code="product_unknown")
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    line = _line(conn, borrower_id, product_code)
    state = originate(
        product,
        loan_id=loan_id,
        borrower_id=borrower_id,
        credit_line_id=line.id,
        principal_fen=principal_fen,
        periods=periods,
        disbursed_on=disbursed_on,
        due_day=due_day,
        purpose=purpose,
        products_version=products.version,
    )
    known = ledger.load_loan(conn, loan_id)
    if known is not None:
        if _asked(known) != _asked(state):
            raise KeyReused("这个借款编号已经用于另一笔借款。")
        return known
    _check(product, principal_fen, periods)
    _check_limit(line, principal_fen)
    ledger.add_loan(conn, state, now=now)
    journal.append_entries(conn, [(borrower_id, disbursement(state))], now=now)
    return state


def _line(conn: Connection, borrower_id: str, product_code: str) -> CreditLine:
    for line in ledger.lines_of(conn, borrower_id):
        if line.product_code == product_code:
            return line
    raise NotFound("还没有开通这个产品的额度。", code="line_unknown")


def _asked(state: LoanState) -> tuple[object, ...]:
    return state.borrower_id, state.product_code, state.principal_fen, state.periods, state.disbursed_on


def _check(product: Product, principal_fen: int, periods: int) -> None:
    if periods not in product.periods:
        offered = "、".join(str(one) for one in product.periods)
        raise Refused(f"这个产品可以选择的期数是 {offered} 期。", code="periods_not_offered")
    if not product.min_principal_fen <= principal_fen <= product.max_principal_fen:
        low, high = yuan(product.min_principal_fen), yuan(product.max_principal_fen)
        raise Refused(f"这个产品的借款金额在 {low} 元到 {high} 元之间。", code="principal_out_of_range")


def _check_limit(line: CreditLine, principal_fen: int) -> None:
    if line.status != "active":
        raise Refused(f"这个额度暂时不能使用。{line.status_reason}", code="line_not_active")
    free = line.limit_fen - line.used_fen
    if principal_fen > free:
        raise Refused(f"可用额度还有 {yuan(max(0, free))} 元，请减少借款金额。", code="limit_exceeded")

"""Money is paid out: a loan under a line, with its schedule and the first journal entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import credit_line as lines
from service.db import loan as ledger
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.book import LoanState
from service.domain.loan.credit_line import CreditLine, LineStatus, state_on
from service.domain.loan.event import Disbursed, Event
from service.domain.loan.origination import originate
from service.domain.loan.price_caps import PriceCaps, cap_exceeded
from service.domain.loan.products import Products
from service.domain.money import yuan
from service.usecases.loan.offers import check_offered, offered
from service.usecases.loan.post_event import locked_book, post_event


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
    price_caps: PriceCaps,
    now: datetime,
) -> LoanState:
    """Pay out `principal_fen` under the borrower's line for the product; the same loan again changes nothing.

    Principal is the money actually paid out: no interest or fee is held back (民法典 670). Raises NotFound
    (product_unknown, line_unknown), KeyReused, Refused (periods_not_offered, principal_out_of_range,
    price_over_cap, line_not_active, limit_exceeded).
    """
    product = offered(products, product_code)
    book = locked_book(conn, borrower_id)
    line = line_for(conn, borrower_id, product_code)
    known = ledger.load_loan(conn, loan_id)
    if known is not None:
        if _asked(known) != (borrower_id, product_code, principal_fen, periods, disbursed_on):
            raise KeyReused("这个借款编号已经用于另一笔借款。")
        return known
    check_offered(product, principal_fen=principal_fen, periods=periods)
    check_limit(conn, line, principal_fen, on=disbursed_on)
    terms = product.terms(
        principal_fen=principal_fen, periods=periods, start_on=disbursed_on, due_day=due_day or disbursed_on.day
    )
    if cap_exceeded(product, terms, price_caps.on(disbursed_on)):
        raise Refused("按这个金额和期数，综合成本会超过规定的上限，请换一个金额或期数。", code="price_over_cap")
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
    event = Event(f"disbursement:{loan_id}", disbursed_on, Disbursed(state))
    post_event(conn, book, event, by="disbursement", now=now)
    return state


def line_for(conn: Connection, borrower_id: str, product_code: str) -> CreditLine:
    """The borrower's line for a product. Raises NotFound (line_unknown)."""
    for line in lines.lines_of(conn, borrower_id):
        if line.product_code == product_code:
            return line
    raise NotFound("还没有开通这个产品的额度。", code="line_unknown")


def _asked(state: LoanState) -> tuple[object, ...]:
    return state.borrower_id, state.product_code, state.principal_fen, state.periods, state.disbursed_on


def check_limit(conn: Connection, line: CreditLine, principal_fen: int, *, on: date) -> None:
    """By the line's standing on the day of the loan, though it may be told later: a temporary part counts while it
    lasts, whether or not its end was written down since. A line that is stopped by now is not used either. Raises
    Refused (line_not_active, limit_exceeded)."""
    then = replace(line, state=state_on(lines.events_of(conn, line.id), on) or line.state).standing(on)
    for one in (line.standing(on), then):
        if one.status is not LineStatus.ACTIVE:
            raise Refused(f"这个额度暂时不能使用：{one.reason}。", code="line_not_active")
    if principal_fen > then.available_fen:
        raise Refused(f"可用额度还有 {yuan(then.available_fen)} 元，请减少金额。", code="limit_exceeded")

"""How much a borrower would pay and which loans it would go to; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from service.domain.errors import NotFound, Refused
from service.domain.loan.allocation import Due
from service.domain.loan.bill import Bill, bill_of, debt_in
from service.domain.loan.book import Book, LoanState
from service.domain.loan.journal import Kind
from service.domain.loan.payment import Share, meant_for, pay
from service.domain.loan.settlement import payoff_of
from service.domain.money import spoken_yuan
from service.usecases.loan.current import current_book

__all__ = ["PaymentKind", "PaymentPlan", "plan_for", "plan_payment"]

PaymentKind = Literal["bill", "minimum", "all", "amount"]
PlanKind = Literal["bill", "minimum", "all", "amount", "payoff"]  # payoff: settle one loan


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """What a payment of `amount_fen` would do: `shares` by loan, `refund_claim_fen` gives back refunds, the rest is
    kept in suspense for the next due date; `overdue_after_fen` is what would still be overdue; `titles` are
    the loans' names by id; `paid` is what it would pay for, component by component."""

    kind: PlanKind
    amount_fen: int
    shares: tuple[Share, ...]
    to_suspense_fen: int
    overdue_after_fen: int
    titles: Mapping[str, str]
    paid: Due
    refund_claim_fen: int = 0


def plan_payment(
    conn: Connection,
    *,
    borrower_id: str,
    kind: PaymentKind,
    amount_fen: int | None = None,
    loan_id: str | None = None,
    today: date,
) -> PaymentPlan:
    """Decide amount and shares: the bill, the least that leaves nothing overdue, the payoff of everything, or an
    amount named by the borrower, for `loan_id` first where one is named.

    Raises NotFound, or Refused with code nothing_due, amount_required, amount_not_positive or amount_too_large.
    """
    return plan_for(current_book(conn, borrower_id=borrower_id, today=today), kind, amount_fen, today, loan_id=loan_id)


def plan_for(
    book: Book, kind: PaymentKind, amount_fen: int | None, today: date, *, loan_id: str | None = None
) -> PaymentPlan:
    """The plan for a book aged to `today`; see `plan_payment`. An amount that was meant for one loan goes to that one
    first (民法典 560); what it cannot take yet pays what else is due. Raises NotFound 'loan_unknown', too."""
    price_fen = _price_of_all(book, today)
    if price_fen == 0:
        raise Refused(_nothing_due(book), code="nothing_due")
    bill = bill_of(book, today)
    if kind == "amount":
        wanted = _checked(amount_fen, price_fen)
    else:
        wanted = {"bill": bill.bill_fen, "minimum": bill.minimum_fen, "all": price_fen}[kind]
    if wanted == 0:
        raise Refused(_minimum_is_paid(bill) if bill.bill_fen else _nothing_due(book), code="nothing_due")
    if wanted == price_fen:
        shares = _settle_all(book, today)
    elif loan_id is not None:
        shares = _meant_for_one(book, _active(book, loan_id), wanted, today)
    else:
        shares = meant_for(book, wanted, today)
    return _plan(book, kind, wanted, shares, today)


def settling_plan(book: Book, loan_id: str, today: date) -> PaymentPlan:
    """The plan to be rid of one loan, for a book aged to `today`; suspense pays for it first.

    Raises NotFound where it is no active loan of the borrower, Refused 'nothing_due' where suspense covers it.
    """
    loan = _active(book, loan_id)
    wanted = payoff_of(loan, today).total_fen - book.suspense_fen
    if wanted <= 0:
        raise Refused(_nothing_due(book), code="nothing_due")
    return _plan(book, "payoff", wanted, (Share(loan.id, wanted, settles=True),), today)


def _active(book: Book, loan_id: str) -> LoanState:
    loan = next((one for one in book.active if one.id == loan_id), None)
    if loan is None:
        raise NotFound("没有找到这笔未结清的借款。", code="loan_unknown")
    return loan


def _meant_for_one(book: Book, loan: LoanState, wanted: int, today: date) -> tuple[Share, ...]:
    """That loan's share first, then those of what else is due; to the fen its price, it is settled."""
    if wanted == payoff_of(loan, today).total_fen - book.suspense_fen:
        return (Share(loan.id, wanted, settles=True),)
    posted = pay(book, event="plan", shares=(Share(loan.id, wanted),), amount_fen=wanted, on=today)
    went: dict[str, int] = {loan.id: 0}
    for line in (line for entry in posted.entries if entry.kind is Kind.PAYMENT for line in entry.lines):
        if line.loan_id is not None:
            went[line.loan_id] = went.get(line.loan_id, 0) - line.amount_fen
    return tuple(Share(loan_id, fen) for loan_id, fen in went.items() if fen)


def _plan(book: Book, kind: PlanKind, wanted: int, shares: tuple[Share, ...], today: date) -> PaymentPlan:
    posted = pay(book, event="plan", shares=shares, amount_fen=wanted, on=today)
    given_back = posted.to_refund_claim_fen
    kept = wanted - given_back - sum(share.amount_fen for share in shares)
    titles = {loan.id: loan.purpose for loan in book.loans}
    overdue_fen = debt_in(posted.book, today).overdue_fen
    return PaymentPlan(kind, wanted, shares, kept, overdue_fen, titles, posted.paid, given_back)


def _checked(amount_fen: int | None, price_fen: int) -> int:
    if amount_fen is None:
        raise Refused("请告诉我您想还多少钱。", code="amount_required")
    if amount_fen <= 0:
        raise Refused("还款金额要大于 0 元，请重新告诉我金额。", code="amount_not_positive")
    if amount_fen > price_fen:
        most, asked = spoken_yuan(price_fen), spoken_yuan(amount_fen)
        raise Refused(f"您现在全部结清只需 {most} 元，{asked} 元超过了这个数，请改一个金额。", code="amount_too_large")
    return amount_fen


def _minimum_is_paid(bill: Bill) -> str:
    return f"本期最低还款额已经还清，账单还有 {spoken_yuan(bill.bill_fen)} 元可以在还款日前还，还清后本期消费不计利息。"


def _nothing_due(book: Book) -> str:
    if book.suspense_fen:
        return f"您目前没有需要还的款项，预存款 {spoken_yuan(book.suspense_fen)} 元会在下个还款日自动抵扣。"
    return "您目前没有需要还的款项。"


def _price_of_all(book: Book, today: date) -> int:
    loans_fen = sum(payoff_of(loan, today).total_fen for loan in book.active)
    return max(0, loans_fen - book.suspense_fen) + book.refund_claim_fen


def _settle_all(book: Book, today: date) -> tuple[Share, ...]:
    """The price of every loan, suspense paying for the oldest first."""
    left = book.suspense_fen
    shares = []
    for loan in book.active:
        price = payoff_of(loan, today).total_fen
        if not price:  # an account that nothing is owed on
            continue
        covered = min(left, price)
        left -= covered
        shares.append(Share(loan.id, price - covered, settles=True))
    return tuple(shares)

"""What a borrower has to pay now and next: the bill, the least that keeps him out of arrears, and his debt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.domain.loan.ageing import bucket, days_past_due
from service.domain.loan.book import Book, InstalmentState, LoanState


@dataclass(frozen=True, slots=True)
class BillItem:
    """One instalment of the bill; the components are what is unpaid of them, in fen."""

    loan_id: str
    title: str
    no: int
    periods: int
    due_on: date
    days_past_due: int
    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    unpaid_fen: int


@dataclass(frozen=True, slots=True)
class Bill:
    """Arrears and what is due until the end of the month, or else what is due next; in fen.

    `suspense_fen` is already deducted from `bill_fen` and `minimum_fen`, not from the items. `next_due_*` is the
    first due date from today on with what it still asks for.
    """

    bill_fen: int
    minimum_fen: int
    overdue_fen: int
    penalty_fen: int
    suspense_fen: int
    days_past_due: int
    due_on: date | None
    items: tuple[BillItem, ...]
    next_due_on: date | None
    next_due_fen: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What collections look at. `overdue_fen` was due before today, `due_fen` also counts today; fen, after
    suspense. `next_due_on` is the first unpaid due date from today on."""

    borrower_id: str
    overdue_fen: int
    due_fen: int
    oldest_due_on: date | None
    days_past_due: int
    bucket: str
    next_due_on: date | None
    next_due_fen: int


def bill_of(book: Book, today: date) -> Bill:
    """The bill of a book aged to `today`."""
    billed = book.billed(today)
    debt = debt_in(book, today)
    items = tuple(_item(loan, one, today) for loan, one in billed)
    bill_fen = max(0, sum(item.unpaid_fen for item in items) - book.suspense_fen)
    return Bill(
        bill_fen=bill_fen,
        minimum_fen=debt.overdue_fen or bill_fen,
        overdue_fen=debt.overdue_fen,
        penalty_fen=sum(item.penalty_fen for item in items),
        suspense_fen=book.suspense_fen,
        days_past_due=debt.days_past_due,
        due_on=items[0].due_on if items else None,
        items=items,
        next_due_on=debt.next_due_on,
        next_due_fen=debt.next_due_fen,
    )


def debt_in(book: Book, today: date) -> Debt:
    """The debt of a book aged to `today`."""
    unpaid = tuple(book.unpaid())
    overdue = [one for _, one in unpaid if one.due_on < today]
    next_due_on = min((one.due_on for _, one in unpaid if one.due_on >= today), default=None)
    return debt_from(
        borrower_id=book.borrower_id,
        overdue_fen=_unpaid(overdue),
        today_fen=_unpaid(one for _, one in unpaid if one.due_on == today),
        oldest_due_on=overdue[0].due_on if overdue else None,
        next_due_on=next_due_on,
        next_due_fen=_unpaid(one for _, one in unpaid if one.due_on == next_due_on),
        suspense_fen=book.suspense_fen,
        today=today,
    )


def debt_from(
    *,
    borrower_id: str,
    overdue_fen: int,
    today_fen: int,
    oldest_due_on: date | None,
    next_due_on: date | None,
    next_due_fen: int,
    suspense_fen: int,
    today: date,
) -> Debt:
    """Put gross sums together: suspense pays the oldest first."""
    left = max(0, suspense_fen - overdue_fen)
    late = days_past_due(oldest_unpaid_due=oldest_due_on, as_of=today)
    net_overdue = max(0, overdue_fen - suspense_fen)
    return Debt(
        borrower_id=borrower_id,
        overdue_fen=net_overdue,
        due_fen=net_overdue + max(0, today_fen - left),
        oldest_due_on=oldest_due_on,
        days_past_due=late,
        bucket=bucket(late),
        next_due_on=next_due_on,
        next_due_fen=max(0, next_due_fen - left),
    )


def _item(loan: LoanState, one: InstalmentState, today: date) -> BillItem:
    due = one.due
    return BillItem(
        loan_id=loan.id,
        title=loan.purpose,
        no=one.no,
        periods=loan.periods,
        due_on=one.due_on,
        days_past_due=max(0, (today - one.due_on).days),
        fee_fen=due.fee_fen,
        penalty_fen=due.penalty_fen,
        interest_fen=due.interest_fen,
        principal_fen=due.principal_fen,
        unpaid_fen=one.unpaid_fen,
    )


def _unpaid(parts: Iterable[InstalmentState]) -> int:
    return sum(one.unpaid_fen for one in parts)

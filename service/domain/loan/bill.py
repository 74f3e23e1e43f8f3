"""What a borrower has to pay now and next: the bill, the least that keeps him out of arrears, and his debt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.loan.ageing import bucket, days_past_due
from service.domain.loan.book import Book, Claim, LoanState


@dataclass(frozen=True, slots=True)
class BillItem:
    """One instalment of the bill, or one part of a plan; the components are what is unpaid of them, in fen. A plan's
    part is not divided: it stands as principal."""

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

    `suspense_fen` is already deducted from `bill_fen` and `minimum_fen`, not from the items. `refund_claim_fen`,
    refunds that have to be given back, is in both and no item: it is due at once, is no loan, and nobody is late by it.
    `next_due_*` is the
    first due date from today on with what it still asks for. `minimum_fen` is what keeps out of arrears: what is
    overdue and the minimum of statements, or, where nothing is overdue, all but what statements list beyond theirs.
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
    refund_claim_fen: int = 0
    statements: tuple[AccountStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """The last statement of an account, and what is unpaid of it and of its minimum, arrears included; fen."""

    loan_id: str
    title: str
    no: int
    stated_on: date
    due_on: date
    stated_fen: int
    minimum_fen: int
    unpaid_fen: int
    minimum_unpaid_fen: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What collections look at. `overdue_fen` was due before today, `due_fen` also counts today; fen, after
    suspense. `next_due_on` is the first unpaid due date from today on. `refund_claim_fen` is in none of them:
    refunds to be given back are no loan, and nobody is reminded of them by a machine."""

    borrower_id: str
    overdue_fen: int
    due_fen: int
    oldest_due_on: date | None
    days_past_due: int
    bucket: str
    next_due_on: date | None
    next_due_fen: int
    refund_claim_fen: int = 0


def bill_of(book: Book, today: date) -> Bill:
    """The bill of a book aged to `today`."""
    debt = debt_in(book, today)
    claims = book.billed(today)
    items = tuple(_item(claim, today) for claim in claims)
    bill_fen = max(0, _sum(claims) - book.suspense_fen) + book.refund_claim_fen
    return Bill(
        bill_fen=bill_fen,
        minimum_fen=max(0, _sum(_needed(claims, today)) - book.suspense_fen) + book.refund_claim_fen,
        overdue_fen=debt.overdue_fen,
        penalty_fen=sum(item.penalty_fen for item in items),
        suspense_fen=book.suspense_fen,
        days_past_due=debt.days_past_due,
        due_on=min((item.due_on for item in items), default=None),
        items=items,
        next_due_on=debt.next_due_on,
        next_due_fen=debt.next_due_fen,
        refund_claim_fen=book.refund_claim_fen,
        statements=tuple(_statement(loan) for loan in book.active if _asks_by_statement(loan)),
    )


def _asks_by_statement(loan: LoanState) -> bool:
    """While a plan runs its parts are asked for, and no statement."""
    return loan.card is not None and loan.plan is None and len(loan.instalments) > 1


def _needed(claims: Sequence[Claim], today: date) -> tuple[Claim, ...]:
    """What of a bill has to be paid so as not to be late."""
    needed = tuple(one for one in claims if not one.optional)
    overdue = any(one.due_on < today for one in needed)
    return tuple(one for one in needed if one.due_on < today or one.loan.card) if overdue else needed


def _statement(loan: LoanState) -> AccountStatement:
    last = loan.instalments[-2]
    minimum_unpaid_fen = sum(claim.fen for claim in loan.claims())
    return AccountStatement(
        loan_id=loan.id,
        title=loan.purpose,
        no=last.no,
        stated_on=last.ends_on,
        due_on=last.due_on,
        stated_fen=last.stated_fen or 0,
        minimum_fen=last.minimum_fen or 0,
        unpaid_fen=minimum_unpaid_fen + sum(claim.fen for claim in loan.beyond_minimum()),
        minimum_unpaid_fen=minimum_unpaid_fen,
    )


def debt_in(book: Book, today: date) -> Debt:
    """The debt of a book aged to `today`. Days past due are those of the loans, so that paused days do not count."""
    claims = book.claims()
    overdue = [one for one in claims if one.due_on < today]
    next_due_on = min((one.due_on for one in claims if one.due_on >= today), default=None)
    return debt_from(
        borrower_id=book.borrower_id,
        overdue_fen=_sum(overdue),
        today_fen=_sum(one for one in claims if one.due_on == today),
        oldest_due_on=overdue[0].due_on if overdue else None,
        days_past_due=max((loan.days_past_due for loan in book.active), default=0),
        next_due_on=next_due_on,
        next_due_fen=_sum(one for one in claims if one.due_on == next_due_on),
        suspense_fen=book.suspense_fen,
        refund_claim_fen=book.refund_claim_fen,
    )


def overdue_fen_in(book: Book, today: date) -> int:
    """The `overdue_fen` of `debt_in`, and nothing else of it."""
    yesterday = today - timedelta(days=1)
    gross_fen = sum([claim.fen for loan in book.active for claim in loan.claims(yesterday)])
    return max(0, gross_fen - book.suspense_fen)


def debt_from(
    *,
    borrower_id: str,
    overdue_fen: int,
    today_fen: int,
    oldest_due_on: date | None,
    days_past_due: int,
    next_due_on: date | None,
    next_due_fen: int,
    suspense_fen: int,
    refund_claim_fen: int,
) -> Debt:
    """Put gross sums together: suspense pays the oldest first."""
    left = max(0, suspense_fen - overdue_fen)
    net_overdue = max(0, overdue_fen - suspense_fen)
    return Debt(
        borrower_id=borrower_id,
        overdue_fen=net_overdue,
        due_fen=net_overdue + max(0, today_fen - left),
        oldest_due_on=oldest_due_on,
        days_past_due=days_past_due,
        bucket=bucket(days_past_due),
        next_due_on=next_due_on,
        next_due_fen=max(0, next_due_fen - left),
        refund_claim_fen=refund_claim_fen,
    )


def _item(claim: Claim, today: date) -> BillItem:
    loan, due = claim.loan, claim.due
    pauses = () if claim.by_plan else loan.all_pauses()
    title = f"{loan.purpose}（还款方案）" if claim.by_plan else loan.purpose
    return BillItem(
        loan_id=loan.id,
        title=f"{title}（最低还款额以外）" if claim.optional else title,
        no=claim.no,
        periods=len(loan.plan.parts) if loan.plan else loan.periods or claim.no,
        due_on=claim.due_on,
        days_past_due=days_past_due(oldest_unpaid_due=claim.due_on, as_of=today, pauses=pauses),
        fee_fen=due.fee_fen,
        penalty_fen=due.penalty_fen,
        interest_fen=due.interest_fen,
        principal_fen=due.principal_fen,
        unpaid_fen=claim.fen,
    )


def _sum(claims: Iterable[Claim]) -> int:
    return sum([one.fen for one in claims])

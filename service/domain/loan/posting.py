"""How a borrower's book changes line by line: charges, money allocated to instalments, loans closing.

The tools that `accrual` (days passing) and `payment` (money arriving) work with. Pure: the same book and the same
event always give the same entries, so a repeat after a crash is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from service.domain.loan.ageing import bucket, days_past_due
from service.domain.loan.allocation import Due, allocate
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.journal import Account, Entry, Line, charge

NOTHING = Due()


@dataclass(frozen=True, slots=True)
class Posted:
    """The book after an event, its entries in order, and, for a payment, what the money paid for."""

    book: Book
    entries: tuple[Entry, ...]
    paid: Due = NOTHING
    to_suspense_fen: int = 0
    settled: tuple[str, ...] = ()


class Work:
    """The book while one event changes it. `cause` sets its charges' keys apart from those of other events."""

    def __init__(self, book: Book, *, cause: str = "") -> None:
        self.borrower_id = book.borrower_id
        self.suspense_fen = book.suspense_fen
        self.loans = {loan.id: loan for loan in book.loans}
        self.entries: list[Entry] = []
        self.cause = f":{cause}" if cause else ""

    def book(self) -> Book:
        return Book(self.borrower_id, self.suspense_fen, tuple(self.loans.values()))

    def put(self, loan_id: str, changed: Iterable[InstalmentState]) -> None:
        """Replace instalments of a loan, by number."""
        by_no = {one.no: one for one in changed}
        if by_no:
            loan = self.loans[loan_id]
            merged = tuple(by_no.get(one.no, one) for one in loan.instalments)
            self.loans[loan_id] = replace(loan, instalments=merged)

    def charge(self, key: str, account: Account, loan_id: str, on: date, amounts: list[tuple[int, int]]) -> None:
        """Write a charge of (instalment no, fen) pairs, if there is anything to charge."""
        amounts = [pair for pair in amounts if pair[1]]
        if amounts:
            self.entries.append(charge(key + self.cause, account=account, loan_id=loan_id, on=on, amounts=amounts))

    def recognise(self, loan_id: str, one: InstalmentState, on: date) -> InstalmentState:
        """The instalment's whole interest becomes owed, if it is not yet."""
        missing = one.interest_fen - one.recognised_interest_fen
        if not missing:
            return one
        self.charge(f"interest:{loan_id}:{one.no}", Account.INTEREST, loan_id, on, [(one.no, missing)])
        after = replace(one, recognised_interest_fen=one.interest_fen)
        self.put(loan_id, [after])
        return after

    def credit(
        self, loan_id: str, amount_fen: int, targets: Iterable[InstalmentState], on: date, lines: list[Line]
    ) -> int:
        """Allocate money to instalments of a loan as its contract says; adds the lines, returns the fen used."""
        targets = tuple(targets)
        if amount_fen <= 0 or not targets:
            return 0
        loan = self.loans[loan_id]
        allocation = allocate(
            amount_fen, dues=tuple(one.due for one in targets), order=loan.allocation_order, mode=loan.allocation_mode
        )
        for one, part in zip(targets, allocation.parts, strict=True):
            if part.interest_fen:
                one = self.recognise(loan_id, one, on)
            self.put(loan_id, [received(one, part, on)])
            lines.extend(credits(loan_id, one.no, part))
        self.close_if_paid(loan_id, on)
        return amount_fen - allocation.excess_fen

    def close_if_paid(self, loan_id: str, on: date) -> None:
        loan = self.loans[loan_id]
        if loan.status == "active" and not loan.unpaid:
            self.loans[loan_id] = replace(loan, status="settled", settled_on=on)

    def restate(self, today: date) -> None:
        """Give every loan its days past due and bucket; a book is never made younger than it was."""
        for loan in tuple(self.loans.values()):
            if loan.status == "active" or loan.settled_on == today:
                self.loans[loan.id] = restated(loan, max(today, loan.aged_on or today))


def restated(loan: LoanState, as_of: date) -> LoanState:
    late = days_past_due(oldest_unpaid_due=loan.oldest_unpaid_due(), as_of=as_of)
    return replace(loan, days_past_due=late, bucket=bucket(late), aged_on=as_of)


def received(one: InstalmentState, part: Due, on: date) -> InstalmentState:
    """The instalment after money was received for its parts."""
    after = replace(
        one,
        fee_paid_fen=one.fee_paid_fen + part.fee_fen,
        penalty_paid_fen=one.penalty_paid_fen + part.penalty_fen,
        interest_paid_fen=one.interest_paid_fen + part.interest_fen,
        principal_paid_fen=one.principal_paid_fen + part.principal_fen,
    )
    return replace(after, paid_on=on) if after.unpaid_fen == 0 else after


def credits(loan_id: str, no: int, part: Due) -> list[Line]:
    """The lines by which an instalment is paid."""
    parts = (
        (Account.FEE, part.fee_fen),
        (Account.PENALTY, part.penalty_fen),
        (Account.INTEREST, part.interest_fen),
        (Account.PRINCIPAL, part.principal_fen),
    )
    return [Line(account, -fen, loan_id, no) for account, fen in parts if fen]


def spread(amount_fen: int, unpaid: Iterable[tuple[LoanState, InstalmentState]]) -> dict[str, int]:
    """Divide an amount over instalments in the order given; returns fen by loan. What is too much is left out."""
    shares: dict[str, int] = {}
    for loan, one in unpaid:
        part = min(amount_fen, one.unpaid_fen)
        if part > 0:
            shares[loan.id] = shares.get(loan.id, 0) + part
            amount_fen -= part
    return shares

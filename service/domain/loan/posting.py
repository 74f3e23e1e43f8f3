"""What a day passing or a payment does to a borrower's book: the journal entries and the book afterwards.

Pure: the same book and the same event always give the same entries, so a repeat after a crash is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from service.domain.loan.ageing import bucket, days_past_due
from service.domain.loan.allocation import Due, allocate
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.interest import accrued_fen, penalty_days
from service.domain.loan.journal import Account, Entry, Kind, Line, charge
from service.domain.loan.settlement import settled_terms


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment meant for one loan; `settles`: the borrower wants to be rid of it."""

    loan_id: str
    amount_fen: int
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """The book after an event, its entries in order, and, for a payment, what the money paid for."""

    book: Book
    entries: tuple[Entry, ...]
    paid: Due = Due(0, 0, 0, 0)
    to_suspense_fen: int = 0
    settled: tuple[str, ...] = ()


class _Work:
    """The book while an event changes it."""

    def __init__(self, book: Book) -> None:
        self.borrower_id = book.borrower_id
        self.suspense_fen = book.suspense_fen
        self.loans = {loan.id: loan for loan in book.loans}
        self.entries: list[Entry] = []

    def book(self) -> Book:
        return Book(self.borrower_id, self.suspense_fen, tuple(self.loans.values()))

    def put(self, loan_id: str, changed: Iterable[InstalmentState]) -> None:
        by_no = {one.no: one for one in changed}
        if by_no:
            loan = self.loans[loan_id]
            merged = tuple(by_no.get(one.no, one) for one in loan.instalments)
            self.loans[loan_id] = replace(loan, instalments=merged)

    def charge(self, key: str, account: Account, loan_id: str, on: date, amounts: list[tuple[int, int]]) -> None:
        amounts = [pair for pair in amounts if pair[1]]
        if amounts:
            self.entries.append(charge(key, account=account, loan_id=loan_id, on=on, amounts=amounts))


def age(book: Book, today: date) -> Posted:
    """Let the days until `today` (inclusive) pass: due interest is recognised, penalty interest accrues on overdue
    principal, suspense pays what falls due, and every loan gets its days past due. Twice is the same as once."""
    work = _Work(book)
    for day in _days_to_walk(book, today):
        for loan_id in book_order(work):
            _recognise_due(work, loan_id, day)
            _accrue_penalty(work, loan_id, day)
        _use_suspense(work, day)
    _restate(work, today)
    return Posted(work.book(), tuple(work.entries))


def pay(book: Book, *, payment_id: str, shares: Iterable[Share], amount_fen: int, on: date) -> Posted:
    """Post a payment of `amount_fen` > 0 to a book aged to `on`.

    Each share pays its loan's bill (or the whole loan); what a share cannot use pays whatever else is due by
    `on`; the rest is kept in suspense, so that no balance ever turns negative.
    """
    work = _Work(book)
    suspense_before = work.suspense_fen
    lines: list[Line] = []
    left = amount_fen
    for share in shares:
        loan = work.loans.get(share.loan_id)
        if loan is None or loan.status != "active":
            continue
        offered = min(share.amount_fen, left)
        if share.settles and _can_settle(work, loan, offered, on):
            left -= _settle(work, loan, offered, on, lines)
        else:
            left -= _credit(work, loan.id, offered, _billed_of(work, loan.id, on), on, lines)
    for loan_id, fen in spread(left, work.book().unpaid_until(on)).items():
        left -= _credit(work, loan_id, fen, _due_of(work, loan_id, on), on, lines)
    work.suspense_fen += left
    to_suspense = work.suspense_fen - suspense_before
    parts = _parts(lines)
    if to_suspense:
        lines.append(Line(Account.SUSPENSE, -to_suspense))
    work.entries.append(Entry(f"payment:{payment_id}", Kind.PAYMENT, on, (Line(Account.CASH, amount_fen), *lines)))
    settled = tuple(
        loan.id for loan in work.loans.values() if loan.status == "settled" and _was_active(book, loan.id)
    )
    _restate(work, on)
    return Posted(work.book(), tuple(work.entries), parts, to_suspense, settled)


def spread(amount_fen: int, unpaid: Iterable[tuple[LoanState, InstalmentState]]) -> dict[str, int]:
    """Divide an amount over instalments in the order given; returns fen by loan. What is too much is left out."""
    shares: dict[str, int] = {}
    for loan, one in unpaid:
        part = min(amount_fen, one.unpaid_fen)
        if part > 0:
            shares[loan.id] = shares.get(loan.id, 0) + part
            amount_fen -= part
    return shares


def book_order(work: _Work) -> list[str]:
    return [loan.id for loan in work.loans.values() if loan.status == "active"]


def _days_to_walk(book: Book, today: date) -> list[date]:
    """Only a due date with money in suspense needs a stop of its own; penalty interest is linear in between."""
    if not book.suspense_fen:
        return [today]
    since = max((loan.aged_on for loan in book.loans if loan.aged_on), default=date.min)
    due = {one.due_on for _, one in book.unpaid() if since < one.due_on <= today}
    return sorted(due | {today})


def _recognise_due(work: _Work, loan_id: str, day: date) -> None:
    for one in work.loans[loan_id].unpaid:
        if one.due_on <= day and one.recognised_interest_fen != one.interest_fen:
            _recognise(work, loan_id, one, one.due_on)


def _recognise(work: _Work, loan_id: str, one: InstalmentState, on: date) -> None:
    """The instalment's whole interest becomes owed, if it is not yet."""
    missing = one.interest_fen - one.recognised_interest_fen
    work.charge(f"interest:{loan_id}:{one.no}", Account.INTEREST, loan_id, on, [(one.no, missing)])
    work.put(loan_id, [replace(one, recognised_interest_fen=one.interest_fen)])


def _accrue_penalty(work: _Work, loan_id: str, day: date) -> None:
    """Post what the rounded cumulative penalty has grown by: rounding each day apart would lose or gain fen."""
    loan = work.loans[loan_id]
    changed: list[InstalmentState] = []
    amounts: list[tuple[int, int]] = []
    for one in loan.unpaid:
        if one.due_on >= day or not one.unpaid_principal_fen:
            continue
        days = penalty_days(due_on=one.due_on, as_of=day, grace_days=loan.grace_days, mode=loan.grace_mode)
        if days <= one.penalty_days:
            continue
        fen_days = one.penalty_fen_days + one.unpaid_principal_fen * (days - one.penalty_days)
        total = accrued_fen(
            fen_days, annual_rate=loan.penalty_rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding
        )
        amounts.append((one.no, total - one.penalty_fen))
        changed.append(replace(one, penalty_fen=total, penalty_fen_days=fen_days, penalty_days=days))
    work.put(loan_id, changed)
    work.charge(f"penalty:{loan_id}:{day}", Account.PENALTY, loan_id, day, amounts)


def _use_suspense(work: _Work, day: date) -> None:
    for loan_id, fen in spread(work.suspense_fen, work.book().unpaid_until(day)).items():
        lines: list[Line] = []
        # what the loan has received only grows, so the key is new each time
        key = f"suspense:{loan_id}:{work.loans[loan_id].received_fen}"
        used = _credit(work, loan_id, fen, _due_of(work, loan_id, day), day, lines)
        work.suspense_fen -= used
        work.entries.append(Entry(key, Kind.SUSPENSE_USED, day, (Line(Account.SUSPENSE, used), *lines)))


def _credit(
    work: _Work, loan_id: str, amount_fen: int, targets: list[InstalmentState], on: date, lines: list[Line]
) -> int:
    """Allocate an amount to instalments of a loan by its contract; adds the lines and returns what was used."""
    if amount_fen <= 0 or not targets:
        return 0
    loan = work.loans[loan_id]
    allocation = allocate(
        amount_fen, dues=tuple(one.due for one in targets), order=loan.allocation_order, mode=loan.allocation_mode
    )
    for one, part in zip(targets, allocation.parts, strict=True):
        if part.interest_fen and one.recognised_interest_fen != one.interest_fen:
            _recognise(work, loan_id, one, on)
            one = replace(one, recognised_interest_fen=one.interest_fen)
        work.put(loan_id, [_received(one, part, on)])
        lines.extend(_lines(loan_id, one.no, part))
    _close_if_paid(work, loan_id, on)
    return amount_fen - allocation.excess_fen


def _received(one: InstalmentState, part: Due, on: date) -> InstalmentState:
    after = replace(
        one,
        fee_paid_fen=one.fee_paid_fen + part.fee_fen,
        penalty_paid_fen=one.penalty_paid_fen + part.penalty_fen,
        interest_paid_fen=one.interest_paid_fen + part.interest_fen,
        principal_paid_fen=one.principal_paid_fen + part.principal_fen,
    )
    return replace(after, paid_on=on) if after.unpaid_fen == 0 else after


def _lines(loan_id: str, no: int, part: Due) -> list[Line]:
    parts = (
        (Account.FEE, part.fee_fen),
        (Account.PENALTY, part.penalty_fen),
        (Account.INTEREST, part.interest_fen),
        (Account.PRINCIPAL, part.principal_fen),
    )
    return [Line(account, -fen, loan_id, no) for account, fen in parts if fen]


def _can_settle(work: _Work, loan: LoanState, offered_fen: int, on: date) -> bool:
    closed, fee = settled_terms(loan, on)
    return offered_fen + work.suspense_fen >= sum(one.unpaid_fen for one in closed) + fee


def _settle(work: _Work, loan: LoanState, offered_fen: int, on: date, lines: list[Line]) -> int:
    """Close the loan: interest is restated to the days that passed, the fee charged, everything paid. The money
    offered is used first, suspense for the rest; returns what was used of the money offered."""
    closed, early_fee = settled_terms(loan, on)
    restated = [(one.no, one.interest_fen - old.recognised_interest_fen)
                for old, one in zip(loan.instalments, closed, strict=True) if old.paid_on is None]
    work.charge(f"interest:{loan.id}:payoff", Account.INTEREST, loan.id, on, restated)
    last = closed[-1]
    work.charge(f"fee:{loan.id}:payoff", Account.FEE, loan.id, on, [(last.no, early_fee)])
    price = 0
    done = []
    for one in closed:
        if one.paid_on is not None:
            continue
        fee = early_fee if one.no == last.no else 0
        owed = replace(one, recognised_interest_fen=one.interest_fen, fee_fen=one.fee_fen + fee)
        price += owed.unpaid_fen
        lines.extend(_lines(loan.id, one.no, owed.due))
        done.append(replace(_received(owed, owed.due, on), paid_on=on))
    work.put(loan.id, done)
    _close_if_paid(work, loan.id, on)
    used = min(offered_fen, price)
    work.suspense_fen -= price - used
    return used


def _close_if_paid(work: _Work, loan_id: str, on: date) -> None:
    loan = work.loans[loan_id]
    if not loan.unpaid:
        work.loans[loan_id] = replace(loan, status="settled", settled_on=on)


def _restate(work: _Work, today: date) -> None:
    for loan in list(work.loans.values()):
        as_of = max(today, loan.aged_on or today)
        oldest = loan.oldest_unpaid_due()
        late = days_past_due(oldest_unpaid_due=oldest, as_of=as_of)
        work.loans[loan.id] = replace(loan, days_past_due=late, bucket=bucket(late), aged_on=as_of)


def _billed_of(work: _Work, loan_id: str, on: date) -> list[InstalmentState]:
    return [one for loan, one in work.book().billed(on) if loan.id == loan_id]


def _due_of(work: _Work, loan_id: str, on: date) -> list[InstalmentState]:
    return [one for one in work.loans[loan_id].unpaid if one.due_on <= on]


def _was_active(book: Book, loan_id: str) -> bool:
    return any(loan.id == loan_id and loan.status == "active" for loan in book.loans)


def _parts(lines: Iterable[Line]) -> Due:
    total = dict.fromkeys(Account, 0)
    for line in lines:
        total[line.account] -= line.amount_fen
    return Due(total[Account.FEE], total[Account.PENALTY], total[Account.INTEREST], total[Account.PRINCIPAL])

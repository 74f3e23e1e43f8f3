"""What days passing do to a borrower's book: interest falls due, penalty interest grows, suspense is used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from service.domain.days import month_later
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.interest import GraceMode, accrued_fen, penalty_days
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.posting import Posted, Work, restated, spread


def age(book: Book, today: date, *, cause: str = "") -> Posted:
    """Let the days until `today` (inclusive) pass: due interest is recognised, penalty interest accrues on overdue
    principal, suspense pays what falls due, and every loan gets its days past due. Twice is the same as once."""
    work = Work(book, cause=cause)
    for day in _days_to_walk(book, today):
        for loan in work.book().active:
            _recognise_due(work, loan, day)
            _accrue_penalty(work, loan.id, day)
        if work.suspense_fen:
            _use_suspense(work, day)
    work.restate(today)
    return Posted(work.book(), tuple(work.entries))


def rewind_penalty(book: Book, to: date, *, cause: str) -> Posted:
    """Take back the penalty interest of days after `to`, for money that was paid then and arrives only now. What
    was already paid of it stays. Ageing the book again afterwards charges what is still overdue."""
    work = Work(book, cause=cause)
    for loan in book.active:
        changed = []
        amounts = []
        for one in loan.unpaid:
            days = _penalty_days(loan, one, to)
            if days >= one.penalty_days:
                continue
            fen_days = max(0, one.penalty_fen_days - one.unpaid_principal_fen * (one.penalty_days - days))
            total = max(_penalty_fen(loan, fen_days), one.penalty_paid_fen)
            amounts.append((one.no, total - one.penalty_fen))
            changed.append(replace(one, penalty_fen=total, penalty_fen_days=fen_days, penalty_days=days))
        work.put(loan.id, changed)
        work.charge(f"penalty:{loan.id}:{to}:back", Account.PENALTY, loan.id, to, amounts)
    return Posted(work.book(), tuple(work.entries))


def defer_loan(loan: LoanState, months: int, today: date) -> LoanState:
    """The loan with every unpaid due date moved by `months`, as of a `today` to which it has been aged. Interest
    goes on bearing on the days it was agreed for, so nothing is charged for the months given."""
    as_of = max(today, loan.aged_on or today)
    moved = tuple(_moved(loan, one, months, as_of) if one.paid_on is None else one for one in loan.instalments)
    return restated(replace(loan, instalments=moved), as_of)


def _moved(loan: LoanState, one: InstalmentState, months: int, as_of: date) -> InstalmentState:
    """Days of penalty are counted anew from the new due date; those that have passed even so are charged already."""
    due_on = month_later(one.due_on, months, loan.due_day)
    free = loan.grace_days if loan.grace_mode == GraceMode.FROM_GRACE_END else 0
    return replace(one, due_on=due_on, penalty_days=max(0, (as_of - due_on).days - free))


def _days_to_walk(book: Book, today: date) -> list[date]:
    """Only a due date with money in suspense needs a stop of its own; penalty interest is linear in between."""
    if not book.suspense_fen:
        return [today]
    # due dates before the last ageing too: money told late may have lain ready on them
    return sorted({one.due_on for _, one in book.unpaid_until(today)} | {today})


def _recognise_due(work: Work, loan: LoanState, day: date) -> None:
    for one in loan.unpaid:
        if one.due_on <= day:
            work.recognise(loan.id, one, one.due_on)


def _accrue_penalty(work: Work, loan_id: str, day: date) -> None:
    """Post what the rounded cumulative penalty has grown by: rounding each day apart would lose or gain fen."""
    loan = work.loans[loan_id]
    changed: list[InstalmentState] = []
    amounts: list[tuple[int, int]] = []
    for one in loan.unpaid:
        days = _penalty_days(loan, one, day)
        if days <= one.penalty_days or not one.unpaid_principal_fen:
            continue
        fen_days = one.penalty_fen_days + one.unpaid_principal_fen * (days - one.penalty_days)
        total = max(_penalty_fen(loan, fen_days), one.penalty_fen)
        amounts.append((one.no, total - one.penalty_fen))
        changed.append(replace(one, penalty_fen=total, penalty_fen_days=fen_days, penalty_days=days))
    work.put(loan_id, changed)
    work.charge(f"penalty:{loan_id}:{day}", Account.PENALTY, loan_id, day, amounts)


def _penalty_days(loan: LoanState, one: InstalmentState, day: date) -> int:
    if one.due_on >= day:
        return 0
    return penalty_days(due_on=one.due_on, as_of=day, grace_days=loan.grace_days, mode=loan.grace_mode)


def _penalty_fen(loan: LoanState, fen_days: int) -> int:
    """Fen × days at the daily rate, rounded once."""
    return accrued_fen(
        fen_days, annual_rate=loan.penalty_rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding
    )


def _use_suspense(work: Work, day: date) -> None:
    for loan_id, fen in spread(work.suspense_fen, work.book().unpaid_until(day)).items():
        due = [one for one in work.loans[loan_id].unpaid if one.due_on <= day]
        # what a loan has received only grows, so the key is new each time
        key = f"suspense:{loan_id}:{work.loans[loan_id].received_fen}"
        lines: list[Line] = []
        used = work.credit(loan_id, fen, due, day, lines)
        work.suspense_fen -= used
        work.entries.append(Entry(key, Kind.SUSPENSE_USED, day, (Line(Account.SUSPENSE, used), *lines)))

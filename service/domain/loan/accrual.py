"""What days passing do to a borrower's book: interest falls due, penalty interest grows, plans are kept or broken,
suspense is used.

Where a book is aged to and over how many stops makes no difference to what it is in the end: every amount is a
function of the days since something happened, so a day closed late is the same as one closed in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from service.domain.days import month_later
from service.domain.loan import card
from service.domain.loan.ageing import paused_days
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.interest import GraceMode, accrued_fen, penalty_days
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.plan import PlanState
from service.domain.loan.posting import Posted, Work, end_plan, restated, spread
from service.domain.values import replace


def age(book: Book, today: date, *, cause: str = "") -> Posted:
    """Let the days until `today` (inclusive) pass: due interest is recognised, penalty interest accrues on overdue
    principal, suspense pays what falls due, and every loan gets its days past due. Twice is the same as once."""
    work = Work(book, cause=cause)
    for day in _days_to_walk(book, today):
        for loan in work.active():
            _decide_plan(work, loan, day)
            _recognise_due(work, work.loans[loan.id], day)
            _accrue_penalty(work, loan.id, day)
            _make_statement(work, work.loans[loan.id], day)
        work.restate(day)
        while work.suspense_fen and _use_suspense(work, day):  # a plan kept by it leaves the contract's dues to pay
            work.restate(day)
    return Posted(work.book(), work.entries())


def defer_loan(loan: LoanState, months: int, today: date) -> LoanState:
    """The loan with every unpaid due date moved by `months`, as of a `today` to which it has been aged. Interest
    goes on bearing on the days it was agreed for, so nothing is charged for the months given."""
    as_of = max(today, loan.aged_on or today)
    moved = tuple(_moved(loan, one, months, as_of) if one.paid_on is None else one for one in loan.instalments)
    return restated(replace(loan, instalments=moved), as_of)


def _moved(loan: LoanState, one: InstalmentState, months: int, as_of: date) -> InstalmentState:
    """Days of penalty are counted anew from the new due date; those that have passed even so are charged already."""
    due_on = month_later(one.due_on, months, loan.due_day)
    return replace(one, due_on=due_on, penalty_days=_days_that_bear(loan, due_on, as_of))


def _days_to_walk(book: Book, today: date) -> list[date]:
    """Days on which something happens that is not linear: interest falls due, money lies ready for a due date, a
    plan may be broken, a statement is made. Penalty interest is linear in between."""
    return sorted(
        {day for loan in book.active for day in _turns(loan, today, ready=book.suspense_fen > 0) if day < today}
        | {today}
    )


def _turns(loan: LoanState, today: date, *, ready: bool) -> Iterator[date]:
    if loan.card is not None:
        yield from card.turns(loan, today)
    for one in loan.unpaid:
        if one.due_on < today and (ready or one.recognised_interest_fen != one.interest_fen):
            yield one.due_on
    if loan.plan is not None:
        yield from (day for day in loan.plan.breaking_days() if loan.aged_on is None or day > loan.aged_on)
        if ready:
            yield from (part.due_on for part in loan.plan.parts)


def _make_statement(work: Work, loan: LoanState, day: date) -> None:
    """Made before anything else happens on its day: what is bought then is in the next. Penalty interest comes first,
    so that a statement says the same however long nobody looked."""
    if loan.card is None or loan.plan is not None or loan.instalments[-1].ends_on > day:
        return
    made = card.state(loan)
    work.loans[loan.id] = made.loan
    if made.no is not None:
        work.charge(Account.INTEREST, loan.id, day, [(made.no, made.interest_fen)])
        work.roll(loan.id, made.no, made.rolled_fen, day)


def _decide_plan(work: Work, loan: LoanState, day: date) -> None:
    if loan.plan is None:
        return
    if loan.plan.state(loan.received_fen, day) is PlanState.BROKEN:  # it is kept when money comes, not when days pass
        work.loans[loan.id] = end_plan(loan, day - timedelta(days=1), PlanState.BROKEN)


def _recognise_due(work: Work, loan: LoanState, day: date) -> None:
    for one in loan.unpaid:
        if one.due_on <= day:
            work.recognise(loan.id, one, day)


def _accrue_penalty(work: Work, loan_id: str, day: date) -> None:
    """Post what the rounded cumulative penalty has grown by: rounding each day apart would lose or gain fen."""
    loan = work.loans[loan_id]
    changed: list[InstalmentState] = []
    amounts: list[tuple[int, int]] = []
    for one in loan.unpaid:
        if one.due_on >= day:
            continue
        days = _penalty_days(loan, one, day)
        if days <= one.penalty_days or not one.unpaid_principal_fen:
            continue
        fen_days = one.penalty_fen_days + one.unpaid_principal_fen * (days - one.penalty_days)
        total = max(_penalty_fen(loan, fen_days) - one.penalty_waived_fen, one.penalty_fen)
        amounts.append((one.no, total - one.penalty_fen))
        changed.append(replace(one, penalty_fen=total, penalty_fen_days=fen_days, penalty_days=days))
    work.put(loan_id, changed)
    work.charge(Account.PENALTY, loan_id, day, amounts)


def penalised_fen(loan: LoanState, day: date) -> int:
    """The overdue principal for which `day` adds penalty interest."""
    before = day - timedelta(days=1)
    return sum(
        one.unpaid_principal_fen
        for one in loan.unpaid
        if one.due_on < day and _penalty_days(loan, one, day) > _penalty_days(loan, one, before)
    )


def _penalty_days(loan: LoanState, one: InstalmentState, day: date) -> int:
    late = penalty_days(due_on=one.due_on, as_of=day, grace_days=loan.grace_days, mode=loan.grace_mode)
    return _days_that_bear(loan, one.due_on, day) if late else 0


def _days_that_bear(loan: LoanState, due_on: date, day: date) -> int:
    """The days since the due date, or since the end of grace where they count from there, that no pause frees: a day
    of grace that is paused too is taken off once."""
    grace = loan.grace_days if loan.grace_mode == GraceMode.FROM_GRACE_END else 0
    since = due_on + timedelta(days=grace)
    if day <= since:
        return 0
    return (day - since).days - paused_days([p for p in loan.all_pauses() if p.stops_penalty], after=since, until=day)


def _penalty_fen(loan: LoanState, fen_days: int) -> int:
    """Fen × days at the daily rate, rounded once."""
    return accrued_fen(
        fen_days, annual_rate=loan.penalty_rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding
    )


def _use_suspense(work: Work, day: date) -> int:
    """Returns the fen used."""
    before_fen = work.suspense_fen
    for loan_id, fen in spread(work.suspense_fen, work.book().due_in_order(day)).items():
        loan = work.loans[loan_id]
        due = loan.reached_by(day)
        # what a loan has received only grows between two events, so the key is new each time
        key = f"suspense:{loan_id}:{day}:{loan.received_fen}{work.cause}"
        lines: list[Line] = []
        used = work.credit(loan_id, fen, due, day, lines)
        work.suspense_fen -= used
        work.write(Entry(key, Kind.SUSPENSE_USED, day, (Line(Account.SUSPENSE, used), *lines)))
    return before_fen - work.suspense_fen

"""A card-like account: what its statements ask for, and from which day a purchase bears interest.

An account is a loan whose instalments are made by its statements. The last instalment is the open cycle; on the
statement day (账单日) it becomes the statement's, keeps the minimum as what is due on the due day (还款日), and the
rest of its principal rolls on to the next cycle. Purchases paid by the due day bear no interest; what is unpaid of the
others bears it by the day from the day of each purchase, and the next statement asks for it.

While a plan runs (个性化分期) the account stands still: what it owes bears no interest and no statement is made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.days import month_later
from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.daily import interest_fen
from service.domain.loan.terms import InterestOn, Purchase
from service.domain.money import round_fen
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Stated:
    """The account after a statement day; `no` is the instalment that the statement closed, None where nothing was
    owed and none was made. `interest_fen` is charged to it, `rolled_fen` of principal moved to the next."""

    loan: LoanState
    no: int | None = None
    interest_fen: int = 0
    rolled_fen: int = 0


def statement_day_after(day: date, statement_day: int) -> date:
    """The first statement day that is later than `day`."""
    this_month = month_later(day, 0, statement_day)
    return this_month if this_month > day else month_later(day, 1, statement_day)


def first_cycle(opened_on: date, *, statement_day: int, due_after_days: int) -> InstalmentState:
    """The open cycle of an account that nothing was bought with."""
    ends_on = statement_day_after(opened_on, statement_day)
    due_on = ends_on + timedelta(days=due_after_days)
    return InstalmentState(1, due_on, starts_on=opened_on, ends_on=ends_on, principal_fen=0, interest_fen=0)


def turns(loan: LoanState, today: date) -> Iterator[date]:
    """The statement days until `today` that are still to come, and the due days from the last statement's on: money
    lying ready then pays what is beyond its minimum, too."""
    assert loan.card is not None
    yield from (one.due_on for one in loan.instalments[-2:-1] if loan.aged_on is None or one.due_on > loan.aged_on)
    day = loan.instalments[-1].ends_on
    while day <= today:
        yield day
        yield day + timedelta(days=loan.card.due_after_days)
        day = statement_day_after(day, loan.card.statement_day)


def state(loan: LoanState) -> Stated:
    """Make the statement of the open cycle, as of its statement day, to which the account has been aged."""
    terms, on = loan.card, loan.instalments[-1].ends_on
    assert terms is not None
    loan = counted(loan, on)
    cycle = loan.instalments[-1]
    charged_fen = interest_fen(loan, cycle.interest_fen_days) - cycle.interest_fen
    earlier_fen = sum(one.unpaid_fen for one in loan.unpaid if one is not cycle)
    following = first_cycle(on, statement_day=terms.statement_day, due_after_days=terms.due_after_days)
    if cycle.unpaid_fen + charged_fen + earlier_fen == 0:
        idle = replace(cycle, starts_on=on, ends_on=following.ends_on, due_on=following.due_on)
        return Stated(replace(loan, instalments=(*loan.instalments[:-1], idle)))
    costs_fen = cycle.due.fee_fen + cycle.due.interest_fen + charged_fen
    part_fen = _minimum_principal(loan, cycle.unpaid_principal_fen, beside_fen=costs_fen + earlier_fen)
    rolled_fen = cycle.unpaid_principal_fen - part_fen
    closed = replace(
        cycle,
        principal_fen=cycle.principal_fen - rolled_fen,
        interest_fen=cycle.interest_fen + charged_fen,
        recognised_interest_fen=cycle.interest_fen + charged_fen,
        stated_fen=earlier_fen + costs_fen + cycle.unpaid_principal_fen,
        minimum_fen=earlier_fen + costs_fen + part_fen,
    )
    closed = replace(closed, paid_on=on if closed.unpaid_fen == 0 else None)
    following = replace(following, no=cycle.no + 1, principal_fen=rolled_fen)
    purchases = tuple(one if one.due_on else replace(one, due_on=cycle.due_on) for one in loan.purchases)
    after = replace(loan, instalments=(*loan.instalments[:-1], closed, following), purchases=purchases)
    return Stated(after, cycle.no, charged_fen, rolled_fen)


def _minimum_principal(loan: LoanState, principal_fen: int, *, beside_fen: int) -> int:
    """The contract's rate of the principal, and more where the whole minimum would be under its floor."""
    assert loan.card is not None
    by_rate = round_fen(principal_fen * loan.card.minimum_rate, loan.rounding)
    return min(principal_fen, max(by_rate, loan.card.minimum_floor_fen - beside_fen))


def bought(loan: LoanState, fen: int, on: date) -> LoanState:
    """The account after a purchase in its open cycle."""
    cycle = loan.instalments[-1]
    cycle = replace(cycle, principal_fen=cycle.principal_fen + fen)
    return replace(
        loan,
        principal_fen=loan.principal_fen + fen,
        instalments=(*loan.instalments[:-1], cycle),
        purchases=(*loan.purchases, Purchase(on, fen)),
    )


def counted(loan: LoanState, day: date) -> LoanState:
    """The account with the principal × days that bear interest counted until `day`: of purchases whose due day and
    grace have passed without all of their statement being paid, from the day they were made."""
    if loan.plan is not None:
        return loan
    cycle = loan.instalments[-1]
    fen_days, kept = cycle.interest_fen_days, []
    owed: dict[date | None, int] = defaultdict(int)
    for one in loan.purchases:
        owed[one.due_on] += one.unpaid_fen
    for one in loan.purchases:
        if one.due_on is None or day <= one.due_on + timedelta(days=loan.grace_days):
            kept.append(one)
            continue
        if one.counted_on is None and not owed[one.due_on]:
            continue  # paid in time
        fen_days += one.unpaid_fen * (day - (one.counted_on or one.on)).days + one.paid_fen_days
        if one.unpaid_fen:
            kept.append(replace(one, counted_on=day, paid_fen_days=0))
    cycle = replace(cycle, interest_fen_days=fen_days)
    return replace(loan, instalments=(*loan.instalments[:-1], cycle), purchases=tuple(kept))


def after_paying(loan: LoanState, principal_fen: int, on: date) -> LoanState:
    """The account after principal was received: the oldest purchase is repaid first."""
    loan = counted(loan, on)
    assert loan.card is not None
    keeps_days = loan.card.interest_on is InterestOn.FULL and loan.plan is None
    kept, left = [], principal_fen
    for one in loan.purchases:
        part = min(left, one.unpaid_fen)
        left -= part
        free = one.counted_on is None
        days = part * (on - one.on).days if free and keeps_days else 0
        after = replace(one, unpaid_fen=one.unpaid_fen - part, paid_fen_days=one.paid_fen_days + days)
        if after.unpaid_fen or (free and keeps_days):
            kept.append(after)
    return replace(loan, purchases=tuple(kept))


def fixed(loan: LoanState, on: date) -> tuple[LoanState, int]:
    """The account as a plan begins, with the interest that no statement has asked for yet, and that interest in fen."""
    loan, fen = counted(loan, on), unasked_fen(loan, on)
    cycle = loan.instalments[-1]
    owed_fen = cycle.interest_fen + fen
    cycle = replace(cycle, interest_fen=owed_fen, recognised_interest_fen=owed_fen)
    return replace(loan, instalments=(*loan.instalments[:-1], cycle)), fen


def resumed(loan: LoanState, last: date) -> LoanState:
    """The account after a plan that is over, of which `last` was the last day: interest goes on from there, and the
    next statement day makes a statement."""
    assert loan.card is not None
    cycle = loan.instalments[-1]
    if cycle.ends_on <= last:
        ends_on = statement_day_after(last, loan.card.statement_day)
        cycle = replace(cycle, ends_on=ends_on, due_on=ends_on + timedelta(days=loan.card.due_after_days))
    purchases = tuple(replace(one, counted_on=last, paid_fen_days=0) for one in loan.purchases)
    return replace(loan, instalments=(*loan.instalments[:-1], cycle), purchases=purchases)


def unasked_fen(loan: LoanState, day: date) -> int:
    """The interest until `day` that no statement has asked for yet."""
    return interest_until(loan, day) - loan.instalments[-1].interest_fen


def reopened(loan: LoanState) -> LoanState:
    """The open cycle is never done with, whatever was paid of it."""
    cycle = replace(loan.instalments[-1], paid_on=None)
    return replace(loan, instalments=(*loan.instalments[:-1], cycle))


def interest_until(loan: LoanState, day: date) -> int:
    """The interest of the open cycle if it ended on `day`, which no statement has asked for yet."""
    return interest_fen(loan, counted(loan, day).instalments[-1].interest_fen_days)

"""What it costs to be rid of a loan today, and what that saves.

Outstanding principal + the interest of the days that have passed (民法典 677) + the contract's fee for principal
that is not due yet + all arrears. The price is for one business date; on the next it is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.card import interest_until
from service.domain.loan.daily import earned_fen
from service.domain.loan.interest import accrued_fen
from service.domain.money import round_fen
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Payoff:
    """The price of settling one loan, in fen; `early_fee_fen` is not in `fee_fen`. Suspense is not deducted."""

    loan_id: str
    title: str
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    early_fee_fen: int
    total_fen: int
    interest_saved_fen: int


def payoff_of(loan: LoanState, today: date) -> Payoff:
    """Price the loan, which must have been aged to `today`."""
    closed, early_fee_fen = settled_terms(loan, today)
    dues = [one.due for one in closed]
    now = sum(one.interest_fen for one in loan.instalments)
    return Payoff(
        loan_id=loan.id,
        title=loan.purpose,
        principal_fen=sum(due.principal_fen for due in dues),
        interest_fen=sum(due.interest_fen for due in dues),
        penalty_fen=sum(due.penalty_fen for due in dues),
        fee_fen=sum(due.fee_fen for due in dues),
        early_fee_fen=early_fee_fen,
        total_fen=sum(one.unpaid_fen for one in closed) + early_fee_fen,
        # an account's price has interest that no statement has asked for yet: more than now, nothing saved
        interest_saved_fen=max(0, now - sum(one.interest_fen for one in closed)),
    )


def settled_terms(loan: LoanState, today: date) -> tuple[tuple[InstalmentState, ...], int]:
    """The instalments with the interest they bear if the loan ends today, and the early-settlement fee in fen."""
    ahead = [one for one in loan.unpaid if one.due_on > today]
    running_fen = sum(one.unpaid_principal_fen for one in loan.unpaid if one.ends_on > today)
    closed = tuple(
        replace(one, interest_fen=_interest_until(loan, one, today, running_fen)) if one in ahead else one
        for one in loan.instalments
    )
    fee = sum(one.unpaid_principal_fen for one in ahead) * loan.early_fee_rate
    return closed, round_fen(fee, loan.rounding)


def interest_not_due_fen(loan: LoanState, today: date) -> int:
    """What the days before `today` have earned of interest that the loan, aged until then, has not been charged: it
    falls due later, or is on no statement yet. Negative where more was charged, because it was paid ahead."""
    closed, _ = settled_terms(loan, today)
    earned = (now.interest_fen - one.recognised_interest_fen for now, one in zip(closed, loan.instalments, strict=True))
    return sum(earned)


def _interest_until(loan: LoanState, one: InstalmentState, today: date, running_fen: int) -> int:
    """What of an instalment's interest its passed days bear; never more than agreed, never less than was paid."""
    if loan.card is not None:
        return one.interest_fen if one.stated_fen is not None else interest_until(loan, today)
    if loan.interest_by_day:
        return earned_fen(loan, one, today)
    days = (min(today, one.ends_on) - one.starts_on).days
    if today >= one.ends_on:
        earned = one.interest_fen
    elif days <= 0:
        earned = 0
    elif loan.method == "flat":
        earned = one.interest_fen * days // (one.ends_on - one.starts_on).days
    else:
        earned = accrued_fen(
            running_fen, annual_rate=loan.annual_rate, days=days, year_basis=loan.year_basis, rounding=loan.rounding
        )
    return max(min(earned, one.interest_fen), one.interest_paid_fen)

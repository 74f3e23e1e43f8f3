"""What interest by the day comes to where principal may be repaid on any day (随借随还), and what repaying saves.

Each instalment keeps the principal × days that its interest is rounded from, as they will be if nothing more is repaid
early. Principal that is repaid takes its days that are still ahead out of that sum, so the interest of a period is one
rounding of one exact figure, however often principal was repaid in it, and days that pass change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from service.domain.loan.allocation import Due
from service.domain.loan.book import InstalmentState, LoanState
from service.domain.loan.interest import accrued_fen
from service.domain.values import replace


def earned_fen(loan: LoanState, one: InstalmentState, day: date) -> int:
    """What of an instalment's interest may be asked for on `day`: all of it, or, where interest is by the day, that of
    the days until then, and never less than was asked for already. What was waived comes off the days that pass first.
    """
    if not loan.interest_by_day or day >= one.ends_on:
        return one.interest_fen
    if day <= one.starts_on:
        return one.recognised_interest_fen
    bearing_fen = sum(other.unpaid_principal_fen for other in loan.instalments if other.ends_on >= one.ends_on)
    passed = one.interest_fen_days - bearing_fen * (one.ends_on - day).days
    waived_fen = interest_fen(loan, one.interest_fen_days) - one.interest_fen
    return max(interest_fen(loan, passed) - waived_fen, one.recognised_interest_fen)


def payable(loan: LoanState, one: InstalmentState, day: date) -> Due:
    """What money that comes on `day` may pay of an instalment."""
    due = one.due
    if not loan.interest_by_day:
        return due
    return replace(due, interest_fen=earned_fen(loan, one, day) - one.interest_paid_fen)


def after_repaying(loan: LoanState, principal_fen: Mapping[int, int], day: date) -> tuple[InstalmentState, ...]:
    """The instalments whose interest falls because principal was received on `day`: fen by instalment number. One of
    which nothing is left is paid."""
    changed = []
    for one in loan.instalments:
        bore = sum(principal_fen.get(other.no, 0) for other in loan.instalments if other.ends_on >= one.ends_on)
        days = (one.ends_on - max(day, one.starts_on)).days
        if not bore or days <= 0:
            continue
        fen_days = one.interest_fen_days - bore * days
        saved_fen = interest_fen(loan, one.interest_fen_days) - interest_fen(loan, fen_days)
        left_fen = max(one.interest_fen - saved_fen, one.recognised_interest_fen)
        after = replace(one, interest_fen=left_fen, interest_fen_days=fen_days)
        changed.append(replace(after, paid_on=day) if after.unpaid_fen == 0 and one.paid_on is None else after)
    return tuple(changed)


def interest_fen(loan: LoanState, fen_days: int) -> int:
    """Fen × days at the contract's daily rate, rounded once."""
    return accrued_fen(
        fen_days, annual_rate=loan.annual_rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding
    )

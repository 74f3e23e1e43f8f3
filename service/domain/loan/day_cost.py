"""What a loan costs for one more day, as it stands: the contract's interest, and penalty interest on what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from service.domain.loan import card
from service.domain.loan.accrual import penalised_fen
from service.domain.loan.book import LoanState
from service.domain.loan.interest import accrued_fen


@dataclass(frozen=True, slots=True)
class DayCost:
    """In fen, each rounded by itself. `interest_fen` is of the `bearing_fen` of principal that bear the contract's
    interest today; a flat loan's is its share of the instalment that runs, and no principal bears it. `penalty_fen` is
    of the `late_fen` of principal that bear `late_rate` a year."""

    bearing_fen: int
    interest_fen: int
    late_fen: int
    late_rate: Decimal
    penalty_fen: int


def day_cost(loan: LoanState, today: date) -> DayCost:
    """What the day from `today` to the next adds, the loan having been aged to `today`; nothing under a plan, whose
    parts are fixed."""
    bearing_fen = 0 if loan.plan is not None or loan.method == "flat" else _bearing_fen(loan, today)
    late_fen = penalised_fen(loan, today + timedelta(days=1))
    flat_fen = _flat_fen(loan, today) if loan.method == "flat" and loan.plan is None else 0
    return DayCost(
        bearing_fen=bearing_fen,
        interest_fen=flat_fen or _a_day(loan, bearing_fen, loan.annual_rate),
        late_fen=late_fen,
        late_rate=loan.penalty_rate,
        penalty_fen=_a_day(loan, late_fen, loan.penalty_rate),
    )


def _bearing_fen(loan: LoanState, today: date) -> int:
    if loan.card is not None:
        day = today + timedelta(days=1)
        return sum(one.unpaid_fen for one in card.counted(loan, day).purchases if one.counted_on == day)
    return sum(one.unpaid_principal_fen for one in loan.unpaid if one.ends_on > today)


def _flat_fen(loan: LoanState, today: date) -> int:
    running = (one for one in loan.unpaid if one.starts_on <= today < one.ends_on)
    return sum(one.interest_fen // (one.ends_on - one.starts_on).days for one in running)


def _a_day(loan: LoanState, fen: int, rate: Decimal) -> int:
    return accrued_fen(fen, annual_rate=rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding)

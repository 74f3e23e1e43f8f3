"""What a loan costs a day, as it stands: the contract's interest, penalty interest on what is late, and what a time
without either leaves to be added when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from service.domain.loan import card
from service.domain.loan.accrual import age, penalised_fen
from service.domain.loan.book import Book, LoanState
from service.domain.loan.interest import accrued_fen
from service.domain.loan.settlement import payoff_of
from service.domain.loan.terms import Method
from service.domain.money import round_fen


@dataclass(frozen=True, slots=True)
class DayCost:
    """In fen, each rounded by itself. `interest_fen` is what the yearly rate comes to a day on the `bearing_fen` of
    principal that bear the contract's interest today; a flat loan's is its share of the instalment that runs, and no
    principal bears it. `penalty_fen` is the same of the `late_fen` of principal that bear `late_rate` a year today.

    `from_tomorrow_fen` is what is added at once when this day ends, because a time without interest ends with it: the
    interest of an account's purchases since they were made, the penalty of an instalment since it was due.
    """

    bearing_fen: int
    interest_fen: int
    late_fen: int
    late_rate: Decimal
    penalty_fen: int
    from_tomorrow_fen: int


def day_cost(loan: LoanState, today: date) -> DayCost:
    """The loan must have been aged to `today`. Under a plan the contract's interest rests."""
    bearing_fen = _bearing_fen(loan, today)
    flat = loan.method == Method.FLAT
    late_fen = penalised_fen(loan, today)
    return DayCost(
        bearing_fen=bearing_fen,
        interest_fen=_flat_fen(loan, today) if flat else _a_day(loan, bearing_fen, loan.annual_rate),
        late_fen=late_fen,
        late_rate=loan.penalty_rate,
        penalty_fen=_a_day(loan, late_fen, loan.penalty_rate),
        from_tomorrow_fen=_from_tomorrow_fen(loan, today, late_fen=late_fen),
    )


def _bearing_fen(loan: LoanState, today: date) -> int:
    if loan.plan is not None or loan.method == Method.FLAT:
        return 0
    if loan.card is not None:
        return sum(one.unpaid_fen for one in card.counted(loan, today).purchases if one.counted_on == today)
    running = next((one for one in loan.instalments if one.starts_on <= today < one.ends_on), None)
    if running is not None and running.interest_fen and running.interest_paid_fen >= running.interest_fen:
        return 0  # the interest of all principal for this period is paid
    return sum(one.unpaid_principal_fen for one in loan.unpaid if one.ends_on > today)


def _flat_fen(loan: LoanState, today: date) -> int:
    if loan.plan is not None:
        return 0
    shares = (
        Decimal(one.interest_fen) / (one.ends_on - one.starts_on).days
        for one in loan.unpaid
        if one.starts_on <= today < one.ends_on
    )
    return sum(round_fen(share, loan.rounding) for share in shares)


def _from_tomorrow_fen(loan: LoanState, today: date, *, late_fen: int) -> int:
    """By the ledger's own ageing; nothing where the next day adds no more than a day's."""
    tomorrow = today + timedelta(days=1)
    late_then_fen = 0 if late_fen else penalised_fen(loan, tomorrow)
    if loan.card is None and not late_then_fen:
        return 0
    later = age(Book(loan.borrower_id, 0, (loan,)), tomorrow).book.loans[0]
    now, then = payoff_of(loan, today), payoff_of(later, tomorrow)
    penalty_fen = then.penalty_fen - now.penalty_fen if late_then_fen else 0
    begins = loan.card is not None and _bearing_fen(later, tomorrow) > _bearing_fen(loan, today)
    interest_fen = then.interest_fen - now.interest_fen if begins else 0
    return interest_fen + (penalty_fen if penalty_fen > _a_day(loan, late_then_fen, loan.penalty_rate) else 0)


def _a_day(loan: LoanState, fen: int, rate: Decimal) -> int:
    return accrued_fen(fen, annual_rate=rate, days=1, year_basis=loan.year_basis, rounding=loan.rounding)

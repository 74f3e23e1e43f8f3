"""What one borrower owes at a moment: his loans with their instalments, and the money held for him in suspense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from service.domain.days import month_later
from service.domain.loan.allocation import Due


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One instalment, in fen. `starts_on`…`ends_on` are the days its interest is for; a deferral moves only
    `due_on`. `penalty_fen` is the rounding of `penalty_fen_days` (overdue principal × days) at the loan's rate."""

    no: int
    due_on: date
    starts_on: date
    ends_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int = 0
    penalty_fen: int = 0
    principal_paid_fen: int = 0
    interest_paid_fen: int = 0
    fee_paid_fen: int = 0
    penalty_paid_fen: int = 0
    recognised_interest_fen: int = 0
    penalty_fen_days: int = 0
    penalty_days: int = 0
    paid_on: date | None = None

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.interest_fen + self.fee_fen + self.penalty_fen

    @property
    def received_fen(self) -> int:
        return self.principal_paid_fen + self.interest_paid_fen + self.fee_paid_fen + self.penalty_paid_fen

    @property
    def unpaid_fen(self) -> int:
        return self.total_fen - self.received_fen

    @property
    def unpaid_principal_fen(self) -> int:
        return self.principal_fen - self.principal_paid_fen

    @property
    def due(self) -> Due:
        """What is unpaid of it, by component."""
        return Due(
            fee_fen=self.fee_fen - self.fee_paid_fen,
            penalty_fen=self.penalty_fen - self.penalty_paid_fen,
            interest_fen=self.interest_fen - self.interest_paid_fen,
            principal_fen=self.unpaid_principal_fen,
        )


@dataclass(frozen=True, slots=True)
class LoanState:
    """One loan as contracted and as it stands. Rates are per year; `allocation_order` names the components."""

    id: str
    borrower_id: str
    credit_line_id: str
    product_code: str
    product_name: str
    brand: str
    purpose: str
    principal_fen: int
    disbursed_on: date
    annual_rate: Decimal
    method: str
    day_count: str
    periods: int
    due_day: int
    rounding: str
    penalty_rate: Decimal
    grace_days: int
    grace_mode: str
    early_fee_rate: Decimal
    allocation_order: tuple[str, ...]
    allocation_mode: str
    products_version: str
    instalments: tuple[InstalmentState, ...]
    status: str = "active"
    settled_on: date | None = None
    days_past_due: int = 0
    bucket: str = "M0"
    aged_on: date | None = None

    @property
    def year_basis(self) -> int:
        return 365 if self.day_count.endswith("365") else 360

    @property
    def unpaid(self) -> tuple[InstalmentState, ...]:
        return tuple(one for one in self.instalments if one.paid_on is None)

    @property
    def unpaid_principal_fen(self) -> int:
        return sum(one.unpaid_principal_fen for one in self.instalments)

    @property
    def received_fen(self) -> int:
        return sum(one.received_fen for one in self.instalments)

    def oldest_unpaid_due(self) -> date | None:
        return min((one.due_on for one in self.unpaid), default=None)


@dataclass(frozen=True, slots=True)
class Book:
    """The loans of one borrower, oldest first, and his suspense in fen. Settled loans may be left out: nothing is
    decided by them."""

    borrower_id: str
    suspense_fen: int
    loans: tuple[LoanState, ...]

    @property
    def active(self) -> tuple[LoanState, ...]:
        return tuple(loan for loan in self.loans if loan.status == "active")

    def unpaid(self) -> Iterator[tuple[LoanState, InstalmentState]]:
        """Every unpaid instalment with its loan, by due date, then loan, then number."""
        found = [(loan, one) for loan in self.active for one in loan.unpaid]
        return iter(sorted(found, key=lambda pair: (pair[1].due_on, pair[0].id, pair[1].no)))

    def unpaid_until(self, day: date) -> tuple[tuple[LoanState, InstalmentState], ...]:
        return tuple(pair for pair in self.unpaid() if pair[1].due_on <= day)

    def billed(self, today: date) -> tuple[tuple[LoanState, InstalmentState], ...]:
        """The bill: what is overdue or due by the end of this month; where nothing is, what is due next."""
        unpaid = tuple(self.unpaid())
        horizon = month_later(today, 1, 1) - timedelta(days=1)
        if unpaid and unpaid[0][1].due_on > horizon:
            horizon = unpaid[0][1].due_on
        return tuple(pair for pair in unpaid if pair[1].due_on <= horizon)

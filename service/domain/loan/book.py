"""What one borrower owes at a moment: his loans with their instalments, and the money held for him in suspense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby

from service.domain.days import month_later
from service.domain.errors import Refused
from service.domain.loan.ageing import Pause
from service.domain.loan.allocation import DebtOrder, Due
from service.domain.loan.plan import Plan
from service.domain.loan.terms import Card, Purchase
from service.domain.values import quick, replace

_debt_order = cache(DebtOrder)  # to look a member up takes longer


@quick
@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One instalment, in fen. `starts_on`…`ends_on` are the days its interest is for; a deferral moves only
    `due_on`. `penalty_fen` is the rounding of `penalty_fen_days` (overdue principal × days) at the loan's rate,
    less what was waived of it; so is `interest_fen` of `interest_fen_days` where the loan's interest is by the day.

    `stated_fen` and `minimum_fen` are what an account's statement said of everything; the open cycle has none."""

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
    penalty_waived_fen: int = 0
    interest_fen_days: int = 0
    stated_fen: int | None = None
    minimum_fen: int | None = None
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


@quick
@dataclass(frozen=True, slots=True)
class LoanState:
    """One loan as contracted and as it stands. Rates are per year; `allocation_order` names the components, and from
    `principal_first_from` days past due (None: never) principal goes before all of them. `debt_order` says which of
    the borrower's debts a payment reaches first that was meant for none.

    `pauses` are days that do not count, `plan` an agreement that stands in for the due dates while it is kept. The
    first `principal_grace_periods` instalments are interest alone. `interest_by_day`: principal may be repaid on any
    day and bears no interest from then on. An account that statements are made for has a `card`, and its `purchases`
    that are not paid or not free yet; its last instalment is the open cycle, which nothing is asked of.
    """

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
    debt_order: str
    products_version: str
    instalments: tuple[InstalmentState, ...]
    principal_first_from: int | None = None
    status: str = "active"
    settled_on: date | None = None
    days_past_due: int = 0
    bucket: str = "M0"
    aged_on: date | None = None
    non_accrual: bool = False
    written_off_on: date | None = None
    pauses: tuple[Pause, ...] = ()
    plan: Plan | None = None
    principal_grace_periods: int = 0
    interest_by_day: bool = False
    card: Card | None = None
    purchases: tuple[Purchase, ...] = ()

    @property
    def year_basis(self) -> int:
        return 365 if self.day_count.endswith("365") else 360

    @property
    def late_rate(self) -> Decimal:
        """What late principal costs a year: an account's goes on bearing the contract's interest as well."""
        return self.penalty_rate + (self.annual_rate if self.card else 0)

    @property
    def unpaid(self) -> tuple[InstalmentState, ...]:
        return tuple([one for one in self.instalments if one.paid_on is None])  # a list is made faster

    @property
    def unpaid_principal_fen(self) -> int:
        return sum(one.unpaid_principal_fen for one in self.instalments)

    @property
    def received_fen(self) -> int:
        return sum(one.received_fen for one in self.instalments)

    def all_pauses(self) -> tuple[Pause, ...]:
        """Those of its own, and the one that a running plan is."""
        if self.plan is None:
            return self.pauses
        since = self.plan.started_on + timedelta(days=1)
        return (*self.pauses, Pause(self.plan.id, since, None, "plan", stops_penalty=self.plan.stops_penalty))

    def reached_by(self, day: date) -> tuple[InstalmentState, ...]:
        """The instalments that money for what is due by `day` goes to: under a plan, whose parts are not divided, all;
        of an account the open cycle too, which holds what its statement listed beyond the minimum."""
        if self.plan is not None:
            return self.unpaid
        return tuple(one for one in self.unpaid if one.due_on <= day or (self.card and one.stated_fen is None))

    def oldest_unpaid_due(self) -> date | None:
        dates = [one.due_on for one in self.instalments if one.paid_on is None]
        return min(dates) if dates else None

    def claims(self, until: date = date.max) -> Iterator[Claim]:
        """Its unpaid instalments that are due by `until`, of an account those of statements; under a plan, the plan's
        parts that are not received yet."""
        if self.plan is None:
            for one in self.instalments:  # sums are made of few of them, so dates come first
                if one.due_on <= until and one.paid_on is None and (self.card is None or one.stated_fen is not None):
                    yield Claim(self, one.no, one.due_on, one.due)
            return
        targets = self.unpaid
        for no, due_on, fen in self.plan.open_parts(self.received_fen, owed_fen=sum(one.unpaid_fen for one in targets)):
            if due_on <= until:
                yield Claim(self, no, due_on, Due(principal_fen=fen), by_plan=True)

    def beyond_minimum(self) -> Iterator[Claim]:
        """What an account's last statement listed besides the minimum: paid by the due day it bears no interest."""
        stated = [one for one in self.instalments if one.stated_fen is not None]
        fen = sum(one.unpaid_fen for one in self.purchases if one.due_on)
        fen -= sum(one.unpaid_principal_fen for one in stated)
        if fen > 0:
            yield Claim(self, self.instalments[-1].no, stated[-1].due_on, Due(principal_fen=fen), optional=True)


@quick
@dataclass(frozen=True, slots=True)
class Claim:
    """What one instalment of a loan, or one part of its plan (`by_plan`: not divided into components), asks for;
    `optional`: nobody is late who does not pay it."""

    loan: LoanState
    no: int
    due_on: date
    due: Due
    by_plan: bool = False
    optional: bool = False

    @property
    def fen(self) -> int:
        return self.due.total_fen

    def rank(self, on: date) -> tuple[bool, bool, Decimal, Decimal, date]:
        """Its place by 民法典 560, least first: what is asked for before what is not, due before not due, the heavier
        burden, the earlier due date."""
        return self.optional, self.due_on > on, -self.loan.late_rate, -self.loan.annual_rate, self.due_on


@quick
@dataclass(frozen=True, slots=True)
class Book:
    """The loans of one borrower, oldest first, and his suspense in fen. Settled loans may be left out: nothing is
    decided by them.

    `refund_claim_fen` is what was refunded to him and not his after all, because his bank took the money back, owed
    since `refund_claim_since`. Where there is such a claim there is no suspense: what comes pays it first."""

    borrower_id: str
    suspense_fen: int
    loans: tuple[LoanState, ...]
    refund_claim_fen: int = 0
    refund_claim_since: date | None = None

    @property
    def active(self) -> tuple[LoanState, ...]:
        return tuple([loan for loan in self.loans if loan.status == "active"])

    @property
    def debt_order(self) -> DebtOrder:
        """The clause that all of the active loans share; contracts that disagree have agreed on nothing, so the law
        decides."""
        clauses = {loan.debt_order for loan in self.active}
        return _debt_order(clauses.pop()) if len(clauses) == 1 else DebtOrder.CIVIL_CODE_560

    def in_debt_order(self, claims: Sequence[Claim], on: date) -> Iterator[Sequence[Claim]]:
        """Claims that come by due date, in the order in which money reaches them that was meant for none; those that
        have no order among them come together."""
        if self.debt_order is DebtOrder.OLDEST_DUE:
            for one in claims:
                yield (one,)
            return
        for _, equal in groupby(sorted(claims, key=lambda one: one.rank(on)), key=lambda one: one.rank(on)):
            yield tuple(equal)

    def due_in_order(self, day: date) -> Iterator[Sequence[Claim]]:
        """What is due by `day`, in debt order."""
        return self.in_debt_order(self.claims_until(day), day)

    def claims(self, until: date = date.max) -> tuple[Claim, ...]:
        """What is asked for by `until`, by due date, then loan, then number."""
        found = [claim for loan in self.active for claim in loan.claims(until)]
        if len(found) > 1:
            found.sort(key=lambda one: (one.due_on, one.loan.id, one.no))
        return tuple(found)

    def claims_until(self, day: date) -> tuple[Claim, ...]:
        """What money lying ready on `day` is used for, what is optional last."""
        return (*self.claims(day), *[claim for claim in self._beyond_minimum() if claim.due_on <= day])

    def billed(self, today: date) -> tuple[Claim, ...]:
        """The bill: what is overdue or due by the end of this month; where nothing is, what is due next. Until its due
        day, what a statement lists besides its minimum comes last."""
        horizon = month_later(today, 1, 1) - timedelta(days=1)
        if by_then := self._asked_by(horizon, today):
            return by_then
        ahead = self._asked_by(date.max, today)
        first = min((claim.due_on for claim in ahead), default=horizon)
        return tuple(claim for claim in ahead if claim.due_on <= first)

    def _asked_by(self, until: date, today: date) -> tuple[Claim, ...]:
        rest = [claim for claim in self._beyond_minimum() if today <= claim.due_on <= until]
        return (*self.claims(until), *rest)

    def _beyond_minimum(self) -> list[Claim]:
        """A plan stands in for what statements list."""
        accounts = [loan for loan in self.active if loan.card is not None and loan.plan is None]
        return [claim for loan in accounts for claim in loan.beyond_minimum()]


def instalment_of(loan: LoanState, no: int) -> InstalmentState:
    """Raises Refused (instalment_unknown)."""
    one = next((one for one in loan.instalments if one.no == no), None)
    if one is None:
        raise Refused(f"这笔借款没有第 {no} 期。", code="instalment_unknown")
    return one


def put(loan: LoanState, after: InstalmentState) -> LoanState:
    return replace(loan, instalments=tuple(after if one.no == after.no else one for one in loan.instalments))


def with_loan(book: Book, loan: LoanState) -> Book:
    return replace(book, loans=tuple(loan if one.id == loan.id else one for one in book.loans))

"""The repayment plan of every loan, settled ones too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from service.domain.loan.book import Claim, InstalmentState, LoanState
from service.domain.loan.day_cost import DayCost, day_cost
from service.domain.loan.hardship import owed_fen
from service.domain.loan.statement import RowState
from service.usecases.loan.current import current_book


@dataclass(frozen=True, slots=True)
class PlannedInstalment:
    no: int
    due_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    total_fen: int
    unpaid_fen: int
    state: RowState


@dataclass(frozen=True, slots=True)
class PlanPart:
    """What a hardship plan asks for next to the contract, not divided into principal and interest."""

    no: int
    due_on: date
    unpaid_fen: int
    state: RowState


@dataclass(frozen=True, slots=True)
class Schedule:
    """`owed_fen` is everything that the contract still asks for; of an account (`by_statements`) with the interest that
    no statement has asked for yet. While a hardship plan runs, its `plan_parts` that are not paid stand in for the due
    dates of the instalments, none of which is overdue then."""

    loan_id: str
    title: str
    product_name: str
    brand: str
    principal_fen: int
    outstanding_principal_fen: int
    owed_fen: int
    annual_rate: Decimal
    a_day: DayCost
    periods: int
    principal_grace_periods: int
    interest_by_day: bool
    by_statements: bool
    status: str
    instalments: tuple[PlannedInstalment, ...]
    plan_parts: tuple[PlanPart, ...]


@dataclass(frozen=True, slots=True)
class Schedules:
    loans: tuple[Schedule, ...]


def schedules(conn: Connection, *, borrower_id: str, today: date) -> Schedules:
    """All loans, active ones first, then the newest first. `due` is due today; of an account the last instalment is
    what no statement has asked for yet. Raises NotFound."""
    book = current_book(conn, borrower_id=borrower_id, today=today, settled=True)
    newest_first = sorted(book.loans, key=lambda loan: loan.disbursed_on, reverse=True)
    loans = sorted(newest_first, key=lambda loan: loan.status != "active")
    return Schedules(tuple(_schedule(loan, today) for loan in loans))


def _schedule(loan: LoanState, today: date) -> Schedule:
    return Schedule(
        loan_id=loan.id,
        title=loan.purpose,
        product_name=loan.product_name,
        brand=loan.brand,
        principal_fen=loan.principal_fen,
        outstanding_principal_fen=loan.unpaid_principal_fen,
        owed_fen=owed_fen(loan),
        annual_rate=loan.annual_rate,
        a_day=day_cost(loan, today),
        periods=loan.periods or len(loan.instalments),
        principal_grace_periods=loan.principal_grace_periods,
        interest_by_day=loan.interest_by_day,
        by_statements=loan.card is not None,
        status=loan.status,
        instalments=tuple(_planned(one, today, by_plan=loan.plan is not None) for one in loan.instalments),
        plan_parts=tuple(_part(one, today) for one in loan.claims()) if loan.plan is not None else (),
    )


def _part(claim: Claim, today: date) -> PlanPart:
    return PlanPart(claim.no, claim.due_on, claim.fen, _state(claim.due_on, today))


def _planned(one: InstalmentState, today: date, *, by_plan: bool) -> PlannedInstalment:
    state = _state(one.due_on, today)
    return PlannedInstalment(
        no=one.no,
        due_on=one.due_on,
        principal_fen=one.principal_fen,
        interest_fen=one.interest_fen,
        fee_fen=one.fee_fen,
        penalty_fen=one.penalty_fen,
        total_fen=one.total_fen,
        unpaid_fen=one.unpaid_fen,
        state="paid" if one.paid_on is not None else "by_plan" if by_plan else state,
    )


def _state(due_on: date, today: date) -> RowState:
    if due_on == today:
        return "due"
    return "overdue" if due_on < today else "upcoming"

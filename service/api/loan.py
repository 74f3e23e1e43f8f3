"""What the bot's actions read of the ledger, for the borrower of a conversation and nobody else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from service.api.answers import PlannedPayment, plan_shown
from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.loan.bill import Bill
from service.usecases.loan.bill import bill
from service.usecases.loan.limit import Limit, limit
from service.usecases.loan.payments import Payments, payments
from service.usecases.loan.payoff import PayoffQuote, payoff
from service.usecases.loan.plan_payment import PaymentKind, plan_payment
from service.usecases.loan.schedules import Schedules, schedules

router = APIRouter(prefix="/loan")
Borrower = Annotated[str, Depends(verified_borrower)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"


@router.get(OF + "/limit", dependencies=OURS)
def get_limit(request: Request, borrower_id: Borrower) -> Limit:
    """Lines, used and available, in fen."""
    at = services(request)
    with at.database.reading() as conn:
        return limit(conn, borrower_id=borrower_id, today=business_date(at.clock.now()))


@router.get(OF + "/bill", dependencies=OURS)
@refuses("borrower_unknown")
def get_bill(request: Request, borrower_id: Borrower) -> Bill:
    """What to pay now and next, in fen."""
    at = services(request)
    with at.database.reading() as conn:
        return bill(conn, borrower_id=borrower_id, today=business_date(at.clock.now()))


@router.get(OF + "/schedule", dependencies=OURS)
@refuses("borrower_unknown")
def get_schedule(request: Request, borrower_id: Borrower) -> Schedules:
    """Every loan's instalments; rates are decimal text."""
    at = services(request)
    with at.database.reading() as conn:
        return schedules(conn, borrower_id=borrower_id, today=business_date(at.clock.now()))


@router.get(OF + "/payments", dependencies=OURS)
def get_payments(request: Request, borrower_id: Borrower, limit: Annotated[int, Query(ge=1, le=50)] = 5) -> Payments:
    """The latest payments, newest first."""
    with services(request).database.reading() as conn:
        return payments(conn, borrower_id=borrower_id, limit=limit)


@router.get(OF + "/payoff", dependencies=OURS)
@refuses("borrower_unknown", "loan_unknown")
def get_payoff(
    request: Request, borrower_id: Borrower, loan_id: Annotated[str | None, Query(max_length=64)] = None
) -> PayoffQuote:
    """The price of settling everything, or one loan, today."""
    at = services(request)
    with at.database.reading() as conn:
        return payoff(conn, borrower_id=borrower_id, today=business_date(at.clock.now()), loan_id=loan_id)


@router.get(OF + "/payment-plan", dependencies=OURS)
@refuses(
    "borrower_unknown", "nothing_due", "amount_required", "amount_not_positive", "amount_too_large", "loan_unknown"
)
def get_payment_plan(
    request: Request,
    borrower_id: Borrower,
    kind: PaymentKind,
    amount_fen: Annotated[int | None, Query(ge=-(10**12), le=10**12)] = None,
    loan_id: Annotated[str | None, Query(max_length=64)] = None,
) -> PlannedPayment:
    """What a payment would do, before it is made."""
    at = services(request)
    with at.database.reading() as conn:
        plan = plan_payment(
            conn,
            borrower_id=borrower_id,
            kind=kind,
            amount_fen=amount_fen,
            loan_id=loan_id,
            today=business_date(at.clock.now()),
        )
    return plan_shown(plan)

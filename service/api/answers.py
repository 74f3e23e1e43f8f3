"""The shapes of the API's answers that no use case gives as they are; what the fields mean is in `fields.toml`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from service.domain.collect.promise import Promise
from service.domain.collect.receipt import Event, Reason
from service.domain.loan.bill import BillItem
from service.domain.loan.payment_order import Order, OrderState
from service.domain.loan.quote import Quote, QuoteKind
from service.domain.loan.settlement import Payoff
from service.domain.money import LARGEST_FEN
from service.usecases.loan.plan_payment import PaymentKind, PaymentPlan


class PlannedShare(BaseModel):
    """What of a payment would go to one loan."""

    loan_id: str
    title: str
    amount_fen: int


class AfterPayment(BaseModel):
    """How the borrower would stand after a payment."""

    overdue_fen: int


class PaidParts(BaseModel):
    """What a payment would pay for, by the order that the contract has."""

    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int


class PlannedPayment(BaseModel):
    """What a payment would do, before it is made."""

    kind: PaymentKind
    amount_fen: int
    to_suspense_fen: int
    refund_claim_fen: int
    shares: list[PlannedShare]
    paid: PaidParts
    after: AfterPayment


class PaymentQuote(BaseModel):
    """What a payment would do, told under a number by which it can be confirmed."""

    quote_id: str
    hash: str
    kind: QuoteKind
    loan_id: str | None
    asked_fen: int | None
    business_date: date
    valid_until: datetime
    created_at: datetime
    amount_fen: int
    to_suspense_fen: int
    suspense_fen: int
    refund_claim_fen: int
    bill_fen: int
    shares: list[PlannedShare]
    items: list[Payoff] | list[BillItem]
    after: AfterPayment


class StatementLink(BaseModel):
    """Where one document can be had without a token, for a few minutes."""

    url: str
    filename: str
    expires_in: int


class PaymentOrder(BaseModel):
    """One wish to pay and what became of it so far."""

    order_id: str
    state: OrderState
    kind: QuoteKind
    quote_id: str | None
    amount_fen: int
    to_suspense_fen: int
    failure_reason: str
    created_at: datetime
    settled_at: datetime | None


class GatewayOutcome(BaseModel):
    """What the payment gateway tells of an order. The signature is over just these bytes."""

    callback_id: str
    order_id: str
    state: Literal["succeeded", "failed"]
    amount_fen: int = Field(ge=-LARGEST_FEN, le=LARGEST_FEN)
    reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None


class CarrierReceipt(BaseModel):
    """What a gateway of messages or calls tells of one. The signature is over just these bytes."""

    receipt_id: str = Field(min_length=1, max_length=64)
    event: Event
    at: datetime
    message_id: str = Field("", max_length=64)
    address: str = Field("", max_length=128)
    reason: Reason | None = None
    seconds: int | None = Field(None, ge=0, le=86_400)
    text: str = Field("", max_length=1000)


class ReceiptTaken(BaseModel):
    """`new` is false where it was told before; then nothing changed."""

    new: bool


class RecordedPart(BaseModel):
    """One payment of a promise and how far it is kept."""

    no: int
    amount_fen: int
    due_on: date
    condition: str
    state: str
    kept_fen: int


class RecordedPromise(BaseModel):
    """A promise to pay and how far it is kept. `amount_fen` and `due_on` are the sum of its parts and the last day."""

    promise_id: int | str
    amount_fen: int
    due_on: date
    state: str
    paid_fen: int
    created_at: datetime
    parts: list[RecordedPart]


class RecordedPromises(BaseModel):
    """All promises of a borrower, newest first, and how far ahead another may be."""

    promises: list[RecordedPromise]
    latest_on: date


class RecordedPause(BaseModel):
    """A pause of automated outreach."""

    pause_id: int | str
    reason: str
    started_at: datetime


class PlaceInQueue(BaseModel):
    """Where a conversation stands among those that wait for a person."""

    position: int
    state: str
    hours: str
    open: bool


class Health(BaseModel):
    """Whether the service can do its work."""

    status: str


def plan_shown(plan: PaymentPlan) -> PlannedPayment:
    shares = [
        PlannedShare(loan_id=one.loan_id, title=plan.titles[one.loan_id], amount_fen=one.amount_fen)
        for one in plan.shares
    ]
    return PlannedPayment(
        kind=plan.kind,
        amount_fen=plan.amount_fen,
        to_suspense_fen=plan.to_suspense_fen,
        refund_claim_fen=plan.refund_claim_fen,
        shares=shares,
        paid=PaidParts(**asdict(plan.paid)),
        after=AfterPayment(overdue_fen=plan.overdue_after_fen),
    )


def quote_shown(quote: Quote) -> PaymentQuote:
    """In the words of the payment plan, with what makes it a quote."""
    offer = quote.offer
    return PaymentQuote(
        quote_id=quote.id,
        hash=quote.hash,
        kind=offer.kind,
        loan_id=offer.loan_id,
        asked_fen=offer.asked_fen,
        business_date=offer.business_date,
        valid_until=offer.valid_until,
        created_at=quote.created_at,
        amount_fen=offer.amount_fen,
        to_suspense_fen=offer.to_suspense_fen,
        suspense_fen=offer.suspense_fen,
        refund_claim_fen=offer.refund_claim_fen,
        bill_fen=offer.bill_fen,
        shares=[PlannedShare(loan_id=one.loan_id, title=one.title, amount_fen=one.amount_fen) for one in offer.shares],
        items=list(offer.items),  # type: ignore[arg-type]
        after=AfterPayment(overdue_fen=offer.overdue_after_fen),
    )


def order_shown(order: Order) -> PaymentOrder:
    return PaymentOrder.model_validate(
        {
            "order_id": order.id,
            "state": order.state,
            "kind": order.kind,
            "quote_id": order.quote_id,
            "amount_fen": order.amount_fen,
            "to_suspense_fen": order.to_suspense_fen,
            "failure_reason": order.failure_reason,
            "created_at": order.created_at,
            "settled_at": order.settled_at,
        }
    )


def promise_shown(made: Promise) -> RecordedPromise:
    return RecordedPromise(
        promise_id=made.id,
        amount_fen=made.amount_fen,
        due_on=made.due_on,
        state=made.state.value,
        paid_fen=made.paid_fen,
        created_at=made.created_at,
        parts=[
            RecordedPart(
                no=one.no,
                amount_fen=one.amount_fen,
                due_on=one.due_on,
                condition=one.condition,
                state=one.state.value,
                kept_fen=one.kept_fen,
            )
            for one in made.parts
        ],
    )

"""Payments over HTTP: a conversation's borrower starts one and looks at it; the gateway tells its outcome."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header, Path, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field, ValidationError, model_validator

from service.api.answers import GatewayOutcome, PaymentOrder, order_shown
from service.api.autopay import KeptCard, NewCard, card_shown
from service.api.bodies import bounded_body
from service.api.deps import internal, services, verified_borrower
from service.api.errors import Problem
from service.api.openapi import reads
from service.api.problems import refuses
from service.domain.errors import NotFound
from service.domain.loan.payment_order import PaymentCallback
from service.domain.money import LARGEST_FEN
from service.payments.signing import HEADER
from service.usecases.loan.autopay import keep_card
from service.usecases.loan.plan_payment import PaymentKind
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.loan.start_payment import order_of, start_payment

router = APIRouter(prefix="/loan")

MAX_BODY = 16 * 1024
GATEWAY_SIGNATURE = APIKeyHeader(
    name=HEADER,
    scheme_name="gateway_signature",
    description="t=<seconds>,v1=<hex>: HMAC-SHA256 over `time.method.path.` and the body, no older than 5 minutes.",
    auto_error=False,
)

Borrower = Annotated[str, Depends(verified_borrower)]


class Wish(BaseModel):
    """What the borrower wants to pay: a quote, or a kind (`amount_fen` counts only for kind 'amount').

    A quote says it all: a kind or an amount beside it could only contradict it.
    """

    kind: PaymentKind | None = None
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    quote_id: str | None = Field(None, min_length=1, max_length=64)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.quote_id is None and self.kind is None:
            raise ValueError("a kind or a quote_id is required")
        if self.quote_id is not None and (self.kind is not None or self.amount_fen is not None):
            raise ValueError("a quote_id stands alone")
        return self


@router.post("/conversations/{conversation_id}/payments", dependencies=[Depends(internal)])
@refuses(
    "borrower_unknown",
    "request_in_progress",
    "idempotency_key_reused",
    "payment_pending",
    "nothing_due",
    "amount_required",
    "amount_not_positive",
    "amount_too_large",
    "loan_unknown",
    "quote_unknown",
    "quote_used",
    "quote_expired",
    "quote_changed",
)
def post_payment(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: Wish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> PaymentOrder:
    """Start a payment; the same Idempotency-Key again is the same order.

    While the first request with the key still asks the gateway, a second one gets 409 and may come again.
    """
    at = services(request)
    order = start_payment(
        at.database,
        conversation_id=conversation_id,
        borrower_id=borrower_id,
        kind=wish.kind,
        amount_fen=wish.amount_fen if wish.kind == "amount" else None,
        quote_id=wish.quote_id,
        key=idempotency_key,
        gateway=at.gateway,
        clock=at.clock,
        hooks=at.after_payment,
    )
    return order_shown(order)


@router.get("/conversations/{conversation_id}/payments/{order_id}", dependencies=[Depends(internal)])
@refuses("not_found")
def get_payment(request: Request, order_id: Annotated[str, Path(max_length=64)], borrower_id: Borrower) -> PaymentOrder:
    """One of the borrower's own orders."""
    with services(request).database.reading() as conn:
        order = order_of(conn, order_id=order_id, borrower_id=borrower_id)
    if order is None:
        raise NotFound("没有这笔还款。")
    return order_shown(order)


@router.post("/payment-callbacks", openapi_extra=reads(GatewayOutcome, says="At most 16 KiB, signed as it is sent."))
@refuses("not_the_gateway", "not_found", "amount_mismatch")
async def post_outcome(request: Request, given: Annotated[str | None, Security(GATEWAY_SIGNATURE)]) -> PaymentOrder:
    """An outcome told by the gateway: 403 where it is not its own, else posted and acknowledged."""
    gateway = services(request).gateway
    body = await bounded_body(request, limit=MAX_BODY)
    told: PaymentCallback | None = None
    if body is not None and _fits(body):
        told = gateway.read_callback(signature=given or "", method=request.method, path=request.url.path, body=body)
    if told is None:
        raise Problem(403, code="not_the_gateway")
    return await run_in_threadpool(_settle, request, told)


@router.post(
    "/payment-cards", status_code=201, openapi_extra=reads(NewCard, says="At most 16 KiB, signed as it is sent.")
)
@refuses("not_the_gateway", "borrower_unknown", "card_of_another")
async def post_card(request: Request, given: Annotated[str | None, Security(GATEWAY_SIGNATURE)]) -> KeptCard:
    """A card that a borrower has just added with the gateway; told again it is the same card."""
    body = await bounded_body(request, limit=MAX_BODY)
    asked = {"signature": given or "", "method": request.method, "path": request.url.path}
    if body is None or not services(request).gateway.signed(body=body, **asked):
        raise Problem(403, code="not_the_gateway")
    try:
        told = NewCard.model_validate_json(body, strict=True)
    except ValidationError:
        raise Problem(403, code="not_the_gateway") from None
    return await run_in_threadpool(_keep, request, told)


def _keep(request: Request, told: NewCard) -> KeptCard:
    at = services(request)
    with at.database.transaction() as conn:
        return card_shown(keep_card(conn, **told.model_dump(), now=at.clock.now()))


def _fits(body: bytes) -> bool:
    """Whether it is what the description of the API says; the reader of callbacks itself is more lenient."""
    try:
        GatewayOutcome.model_validate_json(body, strict=True)
    except ValidationError:
        return False
    return True


def _settle(request: Request, told: PaymentCallback) -> PaymentOrder:
    at = services(request)
    return order_shown(settle_payment(at.database, callback=told, clock=at.clock, hooks=at.after_payment).order)

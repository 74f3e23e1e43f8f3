"""Payments over HTTP: a conversation's borrower starts one and looks at it; the gateway tells its outcome."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from service.api.bodies import bounded_body
from service.api.deps import internal, services, verified_borrower
from service.api.errors import Problem
from service.domain.errors import NotFound
from service.domain.loan.payment_order import Order, PaymentCallback
from service.usecases.loan.plan_payment import PaymentKind
from service.usecases.loan.settle_payment import settle_payment
from service.usecases.loan.start_payment import order_of, start_payment

router = APIRouter(prefix="/loan")

MAX_BODY = 16 * 1024
LARGEST_FEN = 10**12

Borrower = Annotated[str, Depends(verified_borrower)]


class Wish(BaseModel):
    """What the borrower wants to pay; `amount_fen` counts only for kind 'amount'."""

    kind: PaymentKind
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)


@router.post("/conversations/{conversation_id}/payments", dependencies=[Depends(internal)])
def start(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: Wish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> dict[str, Any]:
    """Start a payment; the same Idempotency-Key again is the same order."""
    at = services(request)
    order = start_payment(
        at.database,
        conversation_id=conversation_id,
        borrower_id=borrower_id,
        kind=wish.kind,
        amount_fen=wish.amount_fen if wish.kind == "amount" else None,
        key=idempotency_key,
        gateway=at.gateway,
        clock=at.clock,
    )
    return _shown(order)


@router.get("/conversations/{conversation_id}/payments/{order_id}", dependencies=[Depends(internal)])
def look(request: Request, conversation_id: str, order_id: str, borrower_id: Borrower) -> dict[str, Any]:
    """One of the borrower's own orders."""
    with services(request).database.reading() as conn:
        order = order_of(conn, order_id=order_id, borrower_id=borrower_id)
    if order is None:
        raise NotFound("没有这笔还款。")
    return _shown(order)


@router.post("/payment-callbacks")
async def callback(request: Request, x_payment_signature: Annotated[str, Header(max_length=200)] = "") -> Any:
    """An outcome told by the gateway: 403 where it is not its own, else posted and acknowledged."""
    gateway = services(request).gateway
    body = await bounded_body(request, limit=MAX_BODY)
    told: PaymentCallback | None = None
    if body is not None:
        told = gateway.read_callback(
            signature=x_payment_signature, method=request.method, path=request.url.path, body=body
        )
    if told is None:
        raise Problem(403, code="not_the_gateway")
    return await run_in_threadpool(_settle, request, told)


def _settle(request: Request, told: PaymentCallback) -> dict[str, Any]:
    at = services(request)
    return _shown(settle_payment(at.database, callback=told, clock=at.clock, hooks=at.after_payment).order)


def _shown(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "state": order.state.value,
        "kind": order.kind,
        "amount_fen": order.amount_fen,
        "to_suspense_fen": order.to_suspense_fen,
        "failure_reason": order.failure_reason,
        "created_at": order.created_at.isoformat(),
        "settled_at": order.settled_at.isoformat() if order.settled_at else None,
    }

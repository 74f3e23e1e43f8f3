"""Quotes over HTTP: what a payment costs and does, under a number by which it can be confirmed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.loan.quote import Quote, QuoteKind
from service.usecases.loan import make_quote as quotes

router = APIRouter(prefix="/loan")

LARGEST_FEN = 10**12
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}/quotes"

Borrower = Annotated[str, Depends(verified_borrower)]


class Wish(BaseModel):
    """What is to be quoted; `amount_fen` counts only for kind 'amount', `loan_id` only for kind 'payoff'."""

    kind: QuoteKind
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    loan_id: str | None = Field(None, max_length=64)


@router.post(OF, dependencies=OURS, status_code=201)
@refuses("nothing_due", "amount_required", "amount_not_positive", "amount_too_large", "loan_unknown")
def make_quote(request: Request, borrower_id: Borrower, wish: Wish) -> dict[str, Any]:
    """Quote a payment. The same content within its validity is the same quote, so asking again is safe."""
    at = services(request)
    wanted = quotes.Wish(kind=wish.kind, amount_fen=wish.amount_fen, loan_id=wish.loan_id)
    return _shown(quotes.make_quote(at.database, borrower_id=borrower_id, wish=wanted, clock=at.clock))


@router.get(OF + "/{quote_id}", dependencies=OURS)
@refuses("quote_unknown")
def get_quote(request: Request, borrower_id: Borrower, quote_id: Annotated[str, Path(max_length=64)]) -> dict[str, Any]:
    """One of the borrower's own quotes, as it was told; 404 for everybody else's."""
    with services(request).database.reading() as conn:
        return _shown(quotes.quote_of(conn, quote_id=quote_id, borrower_id=borrower_id))


def _shown(quote: Quote) -> dict[str, Any]:
    """In the words of the payment plan, with what makes it a quote."""
    offer = quote.offer
    return {
        "quote_id": quote.id,
        "hash": quote.hash,
        "kind": offer.kind,
        "loan_id": offer.loan_id,
        "asked_fen": offer.asked_fen,
        "business_date": offer.business_date,
        "valid_until": offer.valid_until,
        "created_at": quote.created_at,
        "amount_fen": offer.amount_fen,
        "to_suspense_fen": offer.to_suspense_fen,
        "suspense_fen": offer.suspense_fen,
        "bill_fen": offer.bill_fen,
        "shares": [{"loan_id": one.loan_id, "title": one.title, "amount_fen": one.amount_fen} for one in offer.shares],
        "items": [asdict(one) for one in offer.items],
        "after": {"overdue_fen": offer.overdue_after_fen},
    }

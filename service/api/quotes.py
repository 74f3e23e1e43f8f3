"""Quotes over HTTP: what a payment costs and does, under a number by which it can be confirmed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from service.api.answers import PaymentQuote, quote_shown
from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.loan.quote import QuoteKind
from service.domain.money import LARGEST_FEN
from service.usecases.loan import make_quote as quotes

router = APIRouter(prefix="/loan")

OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}/quotes"

Borrower = Annotated[str, Depends(verified_borrower)]


class QuoteWish(BaseModel):
    """What is to be quoted; `amount_fen` counts only for kind 'amount', `loan_id` only for kinds 'payoff' and
    'amount'."""

    kind: QuoteKind
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)
    loan_id: str | None = Field(None, max_length=64)


@router.post(OF, dependencies=OURS, status_code=201)
@refuses(
    "borrower_unknown", "loan_unknown", "nothing_due", "amount_required", "amount_not_positive", "amount_too_large"
)
def make_quote(request: Request, borrower_id: Borrower, wish: QuoteWish) -> PaymentQuote:
    """Quote a payment. The same content within its validity is the same quote, so asking again is safe."""
    at = services(request)
    wanted = quotes.Wish(kind=wish.kind, amount_fen=wish.amount_fen, loan_id=wish.loan_id)
    return quote_shown(quotes.make_quote(at.database, borrower_id=borrower_id, wish=wanted, clock=at.clock))


@router.get(OF + "/{quote_id}", dependencies=OURS)
@refuses("quote_unknown")
def get_quote(request: Request, borrower_id: Borrower, quote_id: Annotated[str, Path(max_length=64)]) -> PaymentQuote:
    """One of the borrower's own quotes, as it was told; 404 for everybody else's."""
    with services(request).database.reading() as conn:
        return quote_shown(quotes.quote_of(conn, quote_id=quote_id, borrower_id=borrower_id))

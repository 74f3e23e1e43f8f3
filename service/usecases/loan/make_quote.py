"""Tells a borrower what a payment costs and does, under a number that it can be confirmed by until the day ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import payment, quote
from service.db.engine import Database
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.bill import bill_of
from service.domain.loan.book import Book
from service.domain.loan.payment_order import OrderState
from service.domain.loan.quote import (
    SETTLES,
    UNKNOWN,
    NoOffer,
    Offer,
    Quote,
    QuotedShare,
    QuoteKind,
    offer_hash,
    quote_from,
    valid_until,
)
from service.domain.loan.settlement import Payoff, payoff_of
from service.usecases.loan.current import current_book
from service.usecases.loan.plan_payment import PaymentPlan, plan_for, settling_plan
from service.usecases.ports import Clock


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be quoted. `amount_fen` belongs to kind 'amount' alone, `loan_id` to 'payoff' and to 'amount', which
    is then meant for that loan first."""

    kind: QuoteKind
    amount_fen: int | None = None
    loan_id: str | None = None


def make_quote(database: Database, *, borrower_id: str, wish: Wish, clock: Clock) -> Quote:
    """Keep and return what the wish is offered today; the same offer, as long as nothing was paid by it, is the
    same quote. A payoff that names no loan is of all of them.

    Raises what `plan_payment` raises, and NotFound 'loan_unknown'.
    """
    with database.transaction() as conn:
        # Held, so that no payment comes between the figures and the quote, nor another quote of the same content.
        ledger.lock_borrower(conn, borrower_id)
        now = clock.now()
        offer = offer_for(conn, borrower_id=borrower_id, wish=wish, today=business_date(now))
        known = quote.latest(conn, borrower_id=borrower_id, content_hash=offer_hash(offer))
        if known is not None and not _is_paid(conn, known):
            return known
        made = quote_from(offer, issue=0 if known is None else known.issue + 1, created_at=now)
        quote.add(conn, made)
        return made


def quote_of(conn: Connection, *, quote_id: str, borrower_id: str) -> Quote:
    """The borrower's own quote. Raises NotFound where it does not exist or is another's."""
    found = quote.by_id(conn, quote_id)
    if found is None or not found.is_known_to(borrower_id):
        raise NotFound(UNKNOWN.detail, code="quote_unknown")
    return found


def offer_for(conn: Connection, *, borrower_id: str, wish: Wish, today: date) -> Offer:
    """Everything that is told of the wish today; nothing is written. Raises as `make_quote` does."""
    book = current_book(conn, borrower_id=borrower_id, today=today)
    if wish.kind == "payoff" and wish.loan_id is not None:
        plan = settling_plan(book, wish.loan_id, today)
    else:
        kind = "all" if wish.kind == "payoff" else wish.kind
        named = kind == "amount"
        plan = plan_for(
            book,
            kind,
            wish.amount_fen if named else None,
            today,
            loan_id=wish.loan_id if named else None,
        )
    bill = bill_of(book, today)
    return Offer(
        borrower_id=borrower_id,
        kind=plan.kind,
        loan_id=wish.loan_id if plan.kind in {"payoff", "amount"} else None,
        asked_fen=wish.amount_fen if plan.kind == "amount" else None,
        business_date=today,
        amount_fen=plan.amount_fen,
        to_suspense_fen=plan.to_suspense_fen,
        suspense_fen=book.suspense_fen,
        bill_fen=bill.bill_fen,
        overdue_after_fen=plan.overdue_after_fen,
        shares=_shares(plan),
        items=_prices(book, plan, today) if plan.kind in SETTLES else bill.items,
        valid_until=valid_until(today),
        refund_claim_fen=plan.refund_claim_fen,
    )


def offer_again(conn: Connection, offer: Offer, *, today: date) -> Offer | NoOffer:
    """What the same borrower would be offered for the same wish today."""
    wish = Wish(offer.kind, offer.asked_fen, offer.loan_id)
    try:
        return offer_for(conn, borrower_id=offer.borrower_id, wish=wish, today=today)
    except (Refused, NotFound) as refusal:
        return NoOffer(refusal.detail)


def _is_paid(conn: Connection, known: Quote) -> bool:
    """An order that is still open keeps its quote: told again, it is the quote that was confirmed."""
    return any(order.state is OrderState.SUCCEEDED for order in payment.by_quote(conn, known.id))


def _shares(plan: PaymentPlan) -> tuple[QuotedShare, ...]:
    return tuple(
        QuotedShare(loan_id=one.loan_id, title=plan.titles[one.loan_id], amount_fen=one.amount_fen, settles=one.settles)
        for one in plan.shares
    )


def _prices(book: Book, plan: PaymentPlan, today: date) -> tuple[Payoff, ...]:
    settled = {share.loan_id for share in plan.shares}
    return tuple(payoff_of(loan, today) for loan in book.active if loan.id in settled)

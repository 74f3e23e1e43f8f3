"""What the bot's actions read and change of a borrower's automatic payment: on or off, and which kept card."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.desk.mask import mask_numbers
from service.domain.loan.autopay import Card
from service.usecases.loan.autopay import Asked, AutopayNow, autopay_now, choose_card, switch_autopay

router = APIRouter(prefix="/loan")
Borrower = Annotated[str, Depends(verified_borrower)]
Key = Annotated[str, Header(min_length=1, max_length=255)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"


class KeptCard(BaseModel):
    """A card as a borrower may see it: never its number, nor what the gateway calls it."""

    card_id: str
    bank_name: str
    last_four: str


class NewCard(BaseModel):
    """A card as the gateway tells of it: never its number."""

    borrower_id: str = Field(min_length=1, max_length=64)
    bank_name: str = Field(min_length=1, max_length=32)
    last_four: str = Field(pattern=r"^[0-9]{4}$")
    token: str = Field(min_length=1, max_length=255)


class KeptCards(BaseModel):
    """The cards that may be charged, oldest first, and which is."""

    cards: list[KeptCard]
    charged_card_id: str | None
    card_from: date | None


class AutopayState(BaseModel):
    """Whether what falls due is charged by itself, to which card, and from when a change would hold."""

    enabled: bool
    enabled_from: date | None
    card: KeptCard | None
    card_from: date | None
    collecting_today: bool
    switch_from: date
    free_from: date


class AutopayWish(BaseModel):
    """On or off; `card_id` where another card than the one chosen before is to be charged."""

    enabled: bool = Field(strict=True)
    card_id: str | None = Field(None, min_length=1, max_length=64)
    reason: str = Field("", max_length=500)


class CardChoice(BaseModel):
    """Which kept card is charged."""

    card_id: str = Field(min_length=1, max_length=64)
    reason: str = Field("", max_length=500)


@router.get(OF + "/autopay", dependencies=OURS)
@refuses("borrower_unknown")
def get_autopay(request: Request, borrower_id: Borrower) -> AutopayState:
    """How automatic payment stands."""
    at = services(request)
    with at.database.reading() as conn:
        return _state(autopay_now(conn, borrower_id=borrower_id, today=business_date(at.clock.now())))


@router.post(OF + "/autopay", dependencies=OURS)
@refuses("borrower_unknown", "card_unknown", "no_card_kept", "card_required", "idempotency_key_reused")
def post_autopay(
    request: Request, conversation_id: str, borrower_id: Borrower, wish: AutopayWish, idempotency_key: Key
) -> AutopayState:
    """Switch it, from the next due day that is not being collected already; the same Idempotency-Key again changes
    nothing."""
    at = services(request)
    with at.database.transaction() as conn:
        made = switch_autopay(
            conn,
            borrower_id=borrower_id,
            enabled=wish.enabled,
            card_id=wish.card_id,
            asked=_asked(idempotency_key, conversation_id, wish.reason),
            now=at.clock.now(),
        )
    return _state(made)


@router.get(OF + "/cards", dependencies=OURS)
@refuses("borrower_unknown")
def get_cards(request: Request, borrower_id: Borrower) -> KeptCards:
    """The borrower's cards; a new one is added in the lender's app, never here."""
    at = services(request)
    with at.database.reading() as conn:
        return _cards(autopay_now(conn, borrower_id=borrower_id, today=business_date(at.clock.now())))


@router.post(OF + "/cards/choice", dependencies=OURS)
@refuses("borrower_unknown", "card_unknown", "idempotency_key_reused")
def post_card_choice(
    request: Request, conversation_id: str, borrower_id: Borrower, wish: CardChoice, idempotency_key: Key
) -> KeptCards:
    """Choose the card that is charged, from the next due day that is not being collected already; the same
    Idempotency-Key again changes nothing."""
    at = services(request)
    with at.database.transaction() as conn:
        made = choose_card(
            conn,
            borrower_id=borrower_id,
            card_id=wish.card_id,
            asked=_asked(idempotency_key, conversation_id, wish.reason),
            now=at.clock.now(),
        )
    return _cards(made)


def _asked(key: str, conversation_id: str, reason: str) -> Asked:
    return Asked(
        key=key, by="borrower", source="chat", conversation_id=conversation_id, reason=mask_numbers(reason.strip())
    )


def _state(now: AutopayNow) -> AutopayState:
    return AutopayState(
        enabled=now.autopay.enabled,
        enabled_from=now.autopay.enabled_from if now.autopay.version else None,
        card=card_shown(now.card) if now.card else None,
        card_from=now.autopay.card_from,
        collecting_today=now.collecting_today,
        switch_from=now.switch_from,
        free_from=now.free_from,
    )


def _cards(now: AutopayNow) -> KeptCards:
    return KeptCards(
        cards=[card_shown(one) for one in now.cards],
        charged_card_id=now.autopay.card_id,
        card_from=now.autopay.card_from,
    )


def card_shown(card: Card) -> KeptCard:
    return KeptCard(card_id=card.id, bank_name=card.bank_name, last_four=card.last_four)

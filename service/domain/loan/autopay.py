"""Whether what falls due is charged to a kept card by itself, which card, and from which day a change holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.errors import NotFound, Refused
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Card:
    """A card that the gateway keeps; its number is known there alone."""

    id: str
    bank_name: str
    last_four: str


@dataclass(frozen=True, slots=True)
class Autopay:
    """`enabled` holds from `enabled_from`, and before it the other way; `card_id` is charged from `card_from`."""

    enabled: bool
    enabled_from: date
    card_id: str | None = None
    card_from: date | None = None
    version: int = 0

    def charges_on(self, day: date) -> bool:
        return self.enabled == (self.enabled_from <= day)


def never_set(today: date) -> Autopay:
    """Nobody is charged who did not ask for it."""
    return Autopay(enabled=False, enabled_from=today)


def free_from(due_days: Iterable[date], today: date) -> date:
    """The next due day that is not being collected already; what is due today is. Where nothing falls due: tomorrow."""
    return min((day for day in due_days if day > today), default=today + timedelta(days=1))


def switch_from(now: Autopay, *, free: date, today: date) -> date:
    """From when the other way would hold: a change that does not hold yet is taken back at once."""
    return today if now.enabled_from > today else free


def switched(
    now: Autopay, *, enabled: bool, card_id: str | None, cards: Sequence[Card], free: date, today: date
) -> Autopay:
    """On or off, from the day of `switch_from`; what is so already stays so from when it was. Switched on, it charges
    `card_id`, else the card chosen before, else the only one.

    Raises Refused (no_card_kept, card_required), NotFound (card_unknown).
    """
    enabled_from = now.enabled_from if enabled == now.enabled else switch_from(now, free=free, today=today)
    after = replace(now, enabled=enabled, enabled_from=enabled_from)
    if not enabled:
        return after
    if not cards:
        raise Refused("您还没有绑定银行卡，请先在官方 App 里添加本人的储蓄卡，再打开自动扣款。", code="no_card_kept")
    wanted = card_id or now.card_id or (cards[0].id if len(cards) == 1 else None)
    if wanted is None:
        raise Refused("您绑了不止一张卡，请先选好用哪张卡扣款。", code="card_required")
    return charged_to(after, card_id=wanted, cards=cards, free=free)


def charged_to(now: Autopay, *, card_id: str, cards: Sequence[Card], free: date) -> Autopay:
    """Another card is charged, from the next due day that is free. Raises NotFound (card_unknown)."""
    if card_id not in {card.id for card in cards}:
        raise NotFound("没有找到这张卡，请从已绑定的卡里重新选择。", code="card_unknown")
    if card_id == now.card_id:
        return now
    return replace(now, card_id=card_id, card_from=free)

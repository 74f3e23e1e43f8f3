"""What a borrower was told that a payment costs and does, kept so that it is honoured to the fen or refused by id.

An offer is everything that was told. Its hash is SHA-256 over one canonical text of it, so that the same words told
twice are the same offer, and another figure anywhere in it is another. A quote is an offer with a number of its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from service.domain.days import SHANGHAI, local_time
from service.domain.loan.bill import BillItem
from service.domain.loan.payment import Share
from service.domain.loan.settlement import Payoff
from service.domain.money import spoken_yuan

QuoteKind = Literal["bill", "minimum", "all", "amount", "payoff"]  # all: settle every loan; payoff: the one named
SETTLES = frozenset({"all", "payoff"})
FORM = "offer/1"  # names the canonical form: a later one must not collide with it


@dataclass(frozen=True, slots=True)
class QuotedShare:
    """What of the payment goes to one loan, and the name the borrower knows it by."""

    loan_id: str
    title: str
    amount_fen: int
    settles: bool

    @property
    def share(self) -> Share:
        return Share(self.loan_id, self.amount_fen, settles=self.settles)


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything told of a payment, in fen. `suspense_fen` is already deducted from `amount_fen` where a bill or a
    payoff is paid; `bill_fen` is what the bill asks for before the payment, `overdue_after_fen` what stays overdue
    after it. `items` are the bill's, or the prices of the loans to be settled. `asked_fen` is the amount the
    borrower named, None where the kind decides it. `refund_claim_fen` of the payment gives back refunds."""

    borrower_id: str
    kind: QuoteKind
    loan_id: str | None
    asked_fen: int | None
    business_date: date
    amount_fen: int
    to_suspense_fen: int
    suspense_fen: int
    bill_fen: int
    overdue_after_fen: int
    shares: tuple[QuotedShare, ...]
    items: tuple[Payoff, ...] | tuple[BillItem, ...]
    valid_until: datetime
    refund_claim_fen: int = 0


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Why nothing can be offered for the same wish any more; `detail` is Chinese."""

    detail: str


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer under the number that it was told by. `issue` counts from 0: the same offer is told under a new
    number once its last one has been paid."""

    id: str
    offer: Offer
    hash: str
    issue: int
    created_at: datetime

    def is_known_to(self, borrower_id: str) -> bool:
        """Whether it is this borrower's and still says what its hash is of; one that was tampered with is nobody's."""
        return self.offer.borrower_id == borrower_id and offer_hash(self.offer) == self.hash


@dataclass(frozen=True, slots=True)
class Honoured:
    """What a payment by the quote is, exactly."""

    amount_fen: int
    to_suspense_fen: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class QuoteRefusal:
    """Why a quote is not honoured; `detail` is Chinese and names what would be asked for now."""

    code: Literal["quote_expired", "quote_changed", "quote_used", "quote_unknown"]
    detail: str


UNKNOWN = QuoteRefusal("quote_unknown", "没有找到这个报价，请重新查询金额后再还款。")
USED = QuoteRefusal("quote_used", "这个报价已经提交过还款了，请不要重复付款。如果还要再还，请重新查询金额。")


def valid_until(day: date) -> datetime:
    """The last instant of a business date in Asia/Shanghai: prices are by the day."""
    return datetime.combine(day, time.max, SHANGHAI)


def canonical(offer: Offer) -> str:
    """The one text of an offer: JSON with sorted keys, days and instants in ISO 8601, instants on Shanghai's clock."""
    told = asdict(offer) | {"valid_until": local_time(offer.valid_until), "form": FORM}
    if not offer.refund_claim_fen:  # as quotes were written before there were any
        del told["refund_claim_fen"]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def read_offer(text: str) -> Offer:
    """The offer that `canonical` wrote."""
    told: dict[str, Any] = json.loads(text)
    del told["form"]
    items = tuple(_item(one, told["kind"]) for one in told["items"])
    return Offer(
        **told
        | {
            "business_date": date.fromisoformat(told["business_date"]),
            "valid_until": datetime.fromisoformat(told["valid_until"]),
            "shares": tuple(QuotedShare(**one) for one in told["shares"]),
            "items": items,
        }
    )


def offer_hash(offer: Offer) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(canonical(offer).encode()).hexdigest()


def quote_from(offer: Offer, *, issue: int, created_at: datetime) -> Quote:
    """The offer under its number, which follows from what it says and how often that was paid before."""
    content = offer_hash(offer)
    number = hashlib.sha256(f"{content}:{issue}".encode()).hexdigest()[:16].upper()
    return Quote(f"Q{offer.business_date:%Y%m%d}-{number}", offer, content, issue, created_at)


def honour(
    quote: Quote | None, *, borrower_id: str, current: Offer | NoOffer, used: bool, now: datetime
) -> Honoured | QuoteRefusal:
    """Whether the quote holds for this borrower at `now`.

    `current` is what the same wish would be offered now, `used` whether an order that is open or has succeeded
    was made by the quote.
    """
    if quote is None or not quote.is_known_to(borrower_id):
        return UNKNOWN
    if used:
        return USED
    offer = quote.offer
    if now > offer.valid_until:
        return QuoteRefusal("quote_expired", _expired(offer, current))
    if isinstance(current, NoOffer) or offer_hash(current) != quote.hash:
        return QuoteRefusal("quote_changed", _changed(offer, current))
    return Honoured(offer.amount_fen, offer.to_suspense_fen, tuple(one.share for one in offer.shares))


def _expired(offer: Offer, current: Offer | NoOffer) -> str:
    day = offer.business_date
    over = f"这个报价只在 {day.month} 月 {day.day} 日当天有效，现在已经过期。"
    if isinstance(current, NoOffer):
        return over + current.detail
    return f"{over}按今天的金额需要还 {spoken_yuan(current.amount_fen)} 元，请重新确认。"


def _changed(offer: Offer, current: Offer | NoOffer) -> str:
    moved = "报价之后您的账上有了变动，这笔还没有提交。"
    if isinstance(current, NoOffer):
        return moved + current.detail
    if current.amount_fen == offer.amount_fen:
        return f"{moved}金额仍是 {spoken_yuan(current.amount_fen)} 元，但用在哪些欠款上有变化，请重新确认。"
    return f"{moved}现在需要还 {spoken_yuan(current.amount_fen)} 元，请重新确认。"


def _iso(value: date) -> str:
    return value.isoformat()


def _item(told: dict[str, Any], kind: str) -> Any:
    if kind in SETTLES:
        return Payoff(**told)
    return BillItem(**told | {"due_on": date.fromisoformat(told["due_on"])})

"""What a payment order is and which states it may pass through, from the borrower's wish to money on the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.loan.payment import Share


class OrderState(StrEnum):
    """created: kept, gateway not asked yet; pending: asked, outcome not known; the other two are outcomes."""

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class GatewayState(StrEnum):
    """What the gateway says of an order; unknown: it never heard of it."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


OPEN = frozenset({OrderState.CREATED, OrderState.PENDING})


@dataclass(frozen=True, slots=True)
class Order:
    """One wish to pay. `asked_fen` is the amount named by the borrower, None where the kind decides it; `quote_id`
    names the quote that was confirmed, None where kind and amount were."""

    id: str
    key: str
    conversation_id: str
    borrower_id: str
    kind: str
    asked_fen: int | None
    amount_fen: int
    to_suspense_fen: int
    shares: tuple[Share, ...]
    state: OrderState
    gateway_reference: str
    failure_reason: str
    created_at: datetime
    settled_at: datetime | None = None
    quote_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def uses_quote(self) -> bool:
        """Whether its quote is spent: a failed order leaves it to another."""
        return self.quote_id is not None and self.state is not OrderState.FAILED

    def same_wish(
        self, *, conversation_id: str, borrower_id: str, kind: str | None, asked_fen: int | None, quote_id: str | None
    ) -> bool:
        """Whether a request that came with this order's key is the same request; a quote says all of its wish."""
        if (self.conversation_id, self.borrower_id, self.quote_id) != (conversation_id, borrower_id, quote_id):
            return False
        return quote_id is not None or (self.kind, self.asked_fen) == (kind, asked_fen)


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What the gateway says of one order. `amount_fen` and `paid_at` come with a success, `reason` with a failure."""

    state: GatewayState
    reference: str = ""
    reason: str = ""
    amount_fen: int | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentCallback:
    """The gateway's word about an outcome, already verified. `paid_at` is when the money was taken."""

    id: str
    order_id: str
    succeeded: bool
    amount_fen: int
    reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None


class Step(StrEnum):
    """What a callback asks of an order."""

    POST = "post"
    FAIL = "fail"
    NOTHING = "nothing"
    MISMATCH = "mismatch"


def step(order: Order, callback: PaymentCallback) -> Step:
    """Money that was taken is posted once, even after a failure was told; an outcome told again changes nothing."""
    if callback.succeeded and callback.amount_fen != order.amount_fen:
        return Step.MISMATCH
    if order.state is OrderState.SUCCEEDED:
        return Step.NOTHING
    if callback.succeeded:
        return Step.POST
    return Step.FAIL if order.is_open else Step.NOTHING

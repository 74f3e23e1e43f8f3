"""What every change that an operator makes to the ledger has in common: who, why, once, and how the borrower stands
afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.agents import Operator
from service.api.deps import services
from service.api.iso import Day
from service.domain.days import business_date
from service.domain.desk.agent_token import AgentToken
from service.domain.errors import Refused
from service.domain.loan.bill import debt_in
from service.usecases.loan.adjust import Order
from service.usecases.loan.answer_once import answer_once
from service.usecases.loan.current import current_book

# What any change may be refused with, and one that may count from an earlier day; each names its own besides.
CHANGE = ("request_in_progress", "idempotency_key_reused", "reason_required")
DATED = (*CHANGE, "effective_in_future", "not_possible_then", "later_refund")


class WhyWish(BaseModel):
    """Why it is done; kept in the ledger beside the agent's name."""

    reason: str = Field(min_length=1, max_length=400)


class DatedWish(WhyWish):
    """`effective_on`: the business date it counts from, today unless said; what came after it is worked out anew."""

    effective_on: Day | None = None


class ChangedLoan(BaseModel):
    """How a loan stands after the change, today."""

    loan_id: str
    status: str
    days_past_due: int
    bucket: str
    unpaid_fen: int
    outstanding_principal_fen: int


class LedgerChange(BaseModel):
    """What was done, and how the borrower stands after it. `payment_id`, `pause_id`, `purchase_id` and `amount_fen`
    where it is about one."""

    event_key: str
    borrower_id: str
    by: str
    reason: str
    effective_on: date
    done_at: datetime
    payment_id: str | None
    pause_id: str | None
    purchase_id: str | None = None  # answers that were kept before there were any do not have it
    amount_fen: int | None
    suspense_fen: int
    refund_claim_fen: int = 0
    overdue_fen: int
    loans: list[ChangedLoan]


@dataclass(frozen=True, slots=True)
class Done:
    """Whose ledger was changed, and what its `LedgerChange` names; `event_key` where it is not the order's."""

    borrower_id: str
    event_key: str = ""
    named: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request of an operator's, under its key."""

    request: Request
    agent: AgentToken
    key: str

    def change(self, wish: WhyWish, act: Callable[[Connection, Order], Done]) -> LedgerChange:
        """Carry out `act` in one transaction with its answer: the same key with the same request is answered the same.

        Raises Refused (effective_in_future, reason_required), what `answer_once` raises and what `act` does.
        """
        at = services(self.request)
        now = at.clock.now()
        order = self._order(wish, now)
        asked = {"path": self.request.url.path, "body": wish.model_dump(mode="json")}
        with at.database.transaction() as conn:

            def answer() -> dict[str, Any]:
                return _shown(conn, order, act(conn, order)).model_dump(mode="json")

            kept = answer_once(conn, scope=self._scope, key=self.key, request=asked, act=answer, now=now)
        return LedgerChange.model_validate(kept)

    @property
    def _scope(self) -> str:
        """An agent's keys are his own, whichever of his tokens he uses."""
        return f"operator:{self.agent.agent_id}"

    def _order(self, wish: WhyWish, now: datetime) -> Order:
        today = business_date(now)
        on = (wish.effective_on if isinstance(wish, DatedWish) else None) or today
        if on > today:
            raise Refused("生效日期不能晚于今天。", code="effective_in_future")
        digest = hashlib.sha256(f"{self._scope}|{self.key}".encode()).hexdigest()
        return Order(f"operator:{digest[:40]}", self.agent.agent, wish.reason, on, now)


def asking(
    request: Request, agent: Operator, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> Asking:
    """What every route that changes the ledger is asked with."""
    return Asking(request, agent, idempotency_key)


Asked = Annotated[Asking, Depends(asking)]


def _shown(conn: Connection, order: Order, done: Done) -> LedgerChange:
    today = business_date(order.now)
    book = current_book(conn, borrower_id=done.borrower_id, today=today, settled=True)
    loans = [
        ChangedLoan(
            loan_id=loan.id,
            status=loan.status,
            days_past_due=loan.days_past_due if loan.status == "active" else 0,
            bucket=loan.bucket if loan.status == "active" else "M0",
            unpaid_fen=sum(one.unpaid_fen for one in loan.instalments),
            outstanding_principal_fen=loan.unpaid_principal_fen,
        )
        for loan in book.loans
    ]
    return LedgerChange(
        event_key=done.event_key or order.key,
        borrower_id=done.borrower_id,
        by=order.by,
        reason=order.reason,
        effective_on=order.on,
        done_at=order.now,
        suspense_fen=book.suspense_fen,
        refund_claim_fen=book.refund_claim_fen,
        overdue_fen=debt_in(book, today).overdue_fen,
        loans=loans,
        **({"payment_id": None, "pause_id": None, "amount_fen": None} | done.named),
    )

"""What a named person does to a borrower's book: fees, waivers, refunds, write-offs, days that do not count.

Each is asked for with a key: the same again changes nothing, another under the same key is refused (KeyReused).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.domain.errors import Refused
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book
from service.domain.loan.event import Body, Charged, Paused, PauseEnded, PlanEnded, Refunded, Waived, WrittenOff
from service.usecases.loan.post_event import borrower_of_loan, post_once

WAIVABLE = ("fee", "penalty", "interest")


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders it, why, under which key, and from which business date it counts. Raises Refused (person_required,
    reason_required)."""

    key: str
    by: str
    reason: str
    on: date
    now: datetime

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise Refused("这项操作需要一位具名的同事。", code="person_required")
        if not self.reason.strip():
            raise Refused("请写明原因。", code="reason_required")


def charge_fee(conn: Connection, order: Order, *, loan_id: str, no: int, fee_fen: int) -> Book:
    """A fee the contract lists, on one unpaid instalment. Raises NotFound, Refused (amount_not_positive,
    instalment_unknown, instalment_paid, loan_settled)."""
    _positive(fee_fen)
    return _post(conn, order, loan_id, Charged(loan_id, no, fee_fen))


def waive(conn: Connection, order: Order, *, loan_id: str, parts: Sequence[tuple[int, str, int]]) -> Book:
    """Give up what is charged and unpaid: (instalment no, fee | penalty | interest, up to so many fen).

    Raises NotFound, Refused (nothing_to_waive, not_waivable, amount_not_positive, instalment_unknown, loan_settled).
    """
    for _, component, fen in parts:
        if component not in WAIVABLE:
            raise Refused("本金不能减免，只能减免费用、罚息或利息。", code="not_waivable")
        _positive(fen)
    return _post(conn, order, loan_id, Waived(loan_id, tuple(parts)))


def refund(conn: Connection, order: Order, *, borrower_id: str, amount_fen: int) -> Book:
    """Pay back money held in suspense. Raises NotFound, Refused (amount_not_positive, refund_exceeds_suspense)."""
    _positive(amount_fen)
    return _post_for(conn, order, borrower_id, Refunded(amount_fen))


def write_off(conn: Connection, order: Order, *, loan_id: str) -> Book:
    """The loan's principal is a loss; what is owed stays owed, and what still comes is a recovery.

    Raises NotFound, Refused (loan_settled, already_written_off, nothing_to_write_off).
    """
    return _post(conn, order, loan_id, WrittenOff(loan_id))


def pause_ageing(
    conn: Connection, order: Order, *, loan_id: str, pause_id: str, until: date | None, stops_penalty: bool
) -> Book:
    """From `order.on` to `until` (inclusive; None: until ended) days do not count as days past due.

    Raises NotFound, Refused (pause_ends_before_it_begins, loan_settled).
    """
    if until is not None and until < order.on:
        raise Refused("暂停的结束日期不能早于开始日期。", code="pause_ends_before_it_begins")
    pause = Pause(pause_id, order.on, until, order.reason, stops_penalty=stops_penalty)
    return _post(conn, order, loan_id, Paused(loan_id, pause))


def end_ageing_pause(conn: Connection, order: Order, *, loan_id: str, pause_id: str) -> Book:
    """Days count again from the day after `order.on`. Raises NotFound, Refused (ageing_pause_unknown, loan_settled)."""
    return _post(conn, order, loan_id, PauseEnded(loan_id, pause_id, order.on))


def end_plan(conn: Connection, order: Order, *, loan_id: str) -> Book:
    """The contract's due dates hold again, and the days under the plan count. Raises NotFound, Refused (no_plan,
    loan_settled)."""
    return _post(conn, order, loan_id, PlanEnded(loan_id))


def _post(conn: Connection, order: Order, loan_id: str, body: Body) -> Book:
    return _post_for(conn, order, borrower_of_loan(conn, loan_id), body)


def _post_for(conn: Connection, order: Order, borrower_id: str, body: Body) -> Book:
    return post_once(
        conn,
        borrower_id=borrower_id,
        key=order.key,
        body=body,
        by=order.by.strip(),
        reason=order.reason.strip(),
        on=order.on,
        now=order.now,
    )


def _positive(fen: int) -> None:
    if fen <= 0:
        raise Refused("金额要大于 0 元。", code="amount_not_positive")

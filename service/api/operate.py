"""What operators do to the ledger: payments taken back and moved, fees, waivers, refunds, write-offs, pauses, plans and
deferrals. Each with the agent's name, a reason and a key."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.iso import Day
from service.api.operating import CHANGE, DATED, Asked, DatedWish, Done, LedgerChange, WhyWish
from service.api.problems import refuses
from service.domain.errors import Refused
from service.domain.money import LARGEST_FEN
from service.usecases.collect.correct_payment import give_back, take_back
from service.usecases.collect.correct_payment import move as move_to
from service.usecases.loan import adjust
from service.usecases.loan.adjust import Order
from service.usecases.loan.defer import defer
from service.usecases.loan.post_payments import event_key as payment_event
from service.usecases.loan.undo import undo

router = APIRouter(prefix="/loan")
LoanId = Annotated[str, Path(max_length=64)]
PaymentId = Annotated[str, Path(max_length=128)]
BorrowerId = Annotated[str, Path(max_length=64)]


class ReversalWish(WhyWish):
    """Why the money is not there: it bounced, was charged back, was another's, or was posted by mistake."""

    cause: Literal["bounced", "charged_back", "wrong_account", "mistake"]


class MoveWish(WhyWish):
    """The borrower whose money it was."""

    to_borrower_id: str = Field(min_length=1, max_length=64)


class FeeWish(DatedWish):
    """A fee the contract lists, on one unpaid instalment."""

    no: int = Field(strict=True, ge=1, le=1000)
    fee_fen: int = Field(strict=True, ge=1, le=LARGEST_FEN)


class WaivedPart(BaseModel):
    """Up to so much of one component of one instalment."""

    no: int = Field(strict=True, ge=1, le=1000)
    component: Literal["fee", "penalty", "interest"]
    amount_fen: int = Field(strict=True, ge=1, le=LARGEST_FEN)


class WaiverWish(DatedWish):
    """What is given up of what is charged and unpaid."""

    parts: list[WaivedPart] = Field(min_length=1, max_length=200)


class RefundWish(WhyWish):
    """How much of the money in suspense went back to the borrower."""

    amount_fen: int = Field(strict=True, ge=1, le=LARGEST_FEN)


class AgeingPauseWish(DatedWish):
    """Days that do not count as days past due, until `until_on` (inclusive; null: until ended); `stops_penalty`: nor
    bear penalty interest."""

    until_on: Day | None = None
    stops_penalty: bool = Field(False, strict=True)


class DeferralWish(WhyWish):
    """By how many months the unpaid due dates move."""

    months: int = Field(strict=True, ge=1, le=12)


def _undone_before() -> Refused:
    """By another request: its answer names who did it, and this one must not."""
    return Refused("这笔还款已经撤销或转移过，请核对最新状态。", code="moved_already")


@router.post("/payments/{payment_id}/reversal")
@refuses(*CHANGE, "payment_unknown", "moved_already", "later_refund")
def reverse(asked: Asked, payment_id: PaymentId, wish: ReversalWish) -> LedgerChange:
    """Take a payment back as if it had not been made: bounced, charged back, another's, or a mistake.

    Later payments are allocated anew, interest and days past due follow. What was refunded of it since, the borrower
    has to give back where it bounced or was charged back.
    """

    def act(conn: Connection, order: Order) -> Done:
        why = f"{wish.cause}: {order.reason}"
        done = take_back(conn, payment_id=payment_id, by=order.by, reason=why, now=order.now)
        if done.duplicate:
            raise _undone_before()
        named = {"payment_id": payment_id, "amount_fen": done.amount_fen}
        return Done(done.borrower_id, f"reversal:{payment_event(payment_id)}", named)

    return asked.change(wish, act)


@router.post("/payments/{payment_id}/move")
@refuses(*CHANGE, "payment_unknown", "borrower_unknown", "same_borrower", "moved_already", "later_refund")
def move(asked: Asked, payment_id: PaymentId, wish: MoveWish) -> LedgerChange:
    """Post a payment to its right borrower, as of the day on which it was paid; the answer is of that borrower."""

    def act(conn: Connection, order: Order) -> Done:
        to = wish.to_borrower_id
        receipt = move_to(conn, payment_id=payment_id, to=to, by=order.by, reason=order.reason, now=order.now)
        if receipt.duplicate:
            raise _undone_before()
        named = {"payment_id": receipt.payment_id, "amount_fen": receipt.amount_fen}
        return Done(to, payment_event(receipt.payment_id), named)

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/fees")
@refuses(*DATED, "loan_unknown", "loan_settled", "instalment_unknown", "instalment_paid")
def charge_fee(asked: Asked, loan_id: LoanId, wish: FeeWish) -> LedgerChange:
    """Charge a fee on one unpaid instalment of a loan."""

    def act(conn: Connection, order: Order) -> Done:
        book = adjust.charge_fee(conn, order, loan_id=loan_id, no=wish.no, fee_fen=wish.fee_fen)
        return Done(book.borrower_id, named={"amount_fen": wish.fee_fen})

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/waivers")
@refuses(*DATED, "loan_unknown", "loan_settled", "instalment_unknown", "nothing_to_waive")
def waive(asked: Asked, loan_id: LoanId, wish: WaiverWish) -> LedgerChange:
    """Give up fees, penalty interest or interest that is charged and unpaid; never principal."""

    def act(conn: Connection, order: Order) -> Done:
        parts = [(one.no, one.component, one.amount_fen) for one in wish.parts]
        return Done(adjust.waive(conn, order, loan_id=loan_id, parts=parts).borrower_id)

    return asked.change(wish, act)


@router.post("/borrowers/{borrower_id}/refunds")
@refuses(*CHANGE, "borrower_unknown", "refund_exceeds_suspense")
def refund(asked: Asked, borrower_id: BorrowerId, wish: RefundWish) -> LedgerChange:
    """Write down that money held in suspense went back to the borrower."""

    def act(conn: Connection, order: Order) -> Done:
        give_back(conn, order, borrower_id=borrower_id, amount_fen=wish.amount_fen)
        return Done(borrower_id, named={"amount_fen": wish.amount_fen})

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/write-off")
@refuses(*CHANGE, "loan_unknown", "loan_settled", "already_written_off", "nothing_to_write_off")
def write_off(asked: Asked, loan_id: LoanId, wish: WhyWish) -> LedgerChange:
    """Make a loan's principal a loss; what is owed stays owed, and what still comes is a recovery."""
    return asked.change(wish, lambda conn, order: Done(adjust.write_off(conn, order, loan_id=loan_id).borrower_id))


@router.post("/ledger-events/{event_key}/reversal")
@refuses(
    *CHANGE,
    "event_unknown",
    "not_undoable",
    "part_of_arrangement",
    "undone_before",
    "later_event",
    "later_refund",
)
def undo_event(asked: Asked, event_key: Annotated[str, Path(max_length=160)], wish: WhyWish) -> LedgerChange:
    """Undo a waiver, a deferral or a write-off that was booked by mistake, as if it had not been made."""
    return asked.change(wish, lambda conn, order: Done(undo(conn, order, event_key=event_key).borrower_id))


@router.post("/loans/{loan_id}/ageing-pauses")
@refuses(*DATED, "loan_unknown", "loan_settled", "pause_ends_before_it_begins")
def pause_ageing(asked: Asked, loan_id: LoanId, wish: AgeingPauseWish) -> LedgerChange:
    """Let days not count as days past due; the answer names the pause by which it can be ended."""

    def act(conn: Connection, order: Order) -> Done:
        pause_id = order.key.replace("operator:", "pause-")
        book = adjust.pause_ageing(
            conn, order, loan_id=loan_id, pause_id=pause_id, until=wish.until_on, stops_penalty=wish.stops_penalty
        )
        return Done(book.borrower_id, named={"pause_id": pause_id})

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/ageing-pauses/{pause_id}/end")
@refuses(*DATED, "loan_unknown", "loan_settled", "ageing_pause_unknown")
def end_ageing_pause(
    asked: Asked, loan_id: LoanId, pause_id: Annotated[str, Path(max_length=64)], wish: DatedWish
) -> LedgerChange:
    """Let days count again, from the day after `effective_on`."""

    def act(conn: Connection, order: Order) -> Done:
        book = adjust.end_ageing_pause(conn, order, loan_id=loan_id, pause_id=pause_id)
        return Done(book.borrower_id, named={"pause_id": pause_id})

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/plan/end")
@refuses(*CHANGE, "loan_unknown", "loan_settled", "no_plan")
def end_plan(asked: Asked, loan_id: LoanId, wish: WhyWish) -> LedgerChange:
    """End a loan's running plan: the contract's due dates hold again, and the days under the plan count."""
    return asked.change(wish, lambda conn, order: Done(adjust.end_plan(conn, order, loan_id=loan_id).borrower_id))


@router.post("/loans/{loan_id}/deferrals")
@refuses(*CHANGE, "loan_unknown", "loan_settled", "paid_by_statements")
def post_deferral(asked: Asked, loan_id: LoanId, wish: DeferralWish) -> LedgerChange:
    """Move every unpaid due date of a loan by some months; nothing is charged for them."""

    def act(conn: Connection, order: Order) -> Done:
        plan_id = order.key.replace("operator:", "deferral-")
        book = defer(
            conn,
            loan_id=loan_id,
            months=wish.months,
            approved_by=order.by,
            plan_id=plan_id,
            reason=order.reason,
            now=order.now,
            today=order.on,
        )
        return Done(book.borrower_id, f"deferral:{plan_id}")

    return asked.change(wish, act)

"""What can happen to a borrower's book besides days passing, each kept as it was told, with the day it counts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.errors import Refused
from service.domain.loan import card
from service.domain.loan.accrual import age, defer_loan
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book, LoanState, instalment_of, put, with_loan
from service.domain.loan.given_up import waive, write_off
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.origination import disbursement
from service.domain.loan.payment import Share, pay
from service.domain.loan.plan import Part, Plan, PlanState
from service.domain.loan.posting import Posted, Work, end_plan, restated
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Disbursed:
    """A loan was paid out, or an account opened, which pays nothing out yet."""

    loan: LoanState


@dataclass(frozen=True, slots=True)
class Purchased:
    """Something was bought with an account; `what` is for people."""

    loan_id: str
    fen: int
    what: str


@dataclass(frozen=True, slots=True)
class Paid:
    """Money arrived; `shares` None: meant for no debt in particular, so the contracts say which it reaches first."""

    amount_fen: int
    shares: tuple[Share, ...] | None


@dataclass(frozen=True, slots=True)
class Charged:
    """A fee, on one instalment."""

    loan_id: str
    no: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Waived:
    """Up to so much of what is charged and unpaid is given up: (instalment no, fee | penalty | interest, fen)."""

    loan_id: str
    parts: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class Deferred:
    loan_id: str
    months: int


@dataclass(frozen=True, slots=True)
class PlanAgreed:
    loan_id: str
    plan_id: str
    parts: tuple[Part, ...]
    grace_days: int
    stops_penalty: bool


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """By a person; a plan is kept or broken by itself."""

    loan_id: str


@dataclass(frozen=True, slots=True)
class Paused:
    loan_id: str
    pause: Pause


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """`last_on` is the last day that is still paused."""

    loan_id: str
    pause_id: str
    last_on: date


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money held in suspense went back to the borrower."""

    amount_fen: int


@dataclass(frozen=True, slots=True)
class WrittenOff:
    loan_id: str


Body = (
    Disbursed
    | Purchased
    | Paid
    | Charged
    | Waived
    | Deferred
    | PlanAgreed
    | PlanEnded
    | Paused
    | PauseEnded
    | Refunded
    | WrittenOff
)


@dataclass(frozen=True, slots=True)
class Event:
    """`key` is unique; `on` is the business date it counts from."""

    key: str
    on: date
    body: Body


def apply(book: Book, event: Event, *, standing: bool = False) -> Posted:
    """Let the days until the event pass, then the event happen.

    `standing`: it is played again, and what it did to the world is done: a refund that its suspense does not cover any
    more leaves a claim on the borrower, and a plan takes the place of an earlier one that turns out to run still.

    Raises Refused (loan_settled, instalment_unknown, instalment_paid, refund_exceeds_suspense, nothing_to_waive,
    plan_running, no_plan, paid_by_statements, not_for_purchases, ageing_pause_unknown, already_written_off,
    nothing_to_write_off) where the book does not allow it.
    """
    aged = age(book, event.on, cause=f"{event.key}:before")
    done = _happen(aged.book, event, standing)
    return replace(done, entries=(*aged.entries, *done.entries))


def _happen(book: Book, event: Event, standing: bool) -> Posted:
    body = event.body
    if isinstance(body, Paid):
        return pay(book, event=event.key, shares=body.shares, amount_fen=body.amount_fen, on=event.on)
    if isinstance(body, Disbursed):
        loans = (*book.loans, body.loan)
        paid_out = (
            (replace(disbursement(body.loan), key=event.key, event=event.key),) if body.loan.principal_fen else ()
        )
        return Posted(replace(book, loans=loans), paid_out)
    if isinstance(body, Refunded):
        return _refund(book, body.amount_fen, event, standing)
    loan = _active(book, body.loan_id)
    if isinstance(body, Purchased):
        return _purchase(book, loan, body, event)
    if isinstance(body, Charged):
        return _charge(book, loan, body, event)
    if isinstance(body, Waived):
        return waive(book, loan, body.parts, event=event.key, on=event.on)
    if isinstance(body, WrittenOff):
        return write_off(book, loan, event=event.key, on=event.on)
    if isinstance(body, PlanAgreed):
        return _plan(book, loan, body, event, standing)
    # what was free until the day before bears penalty interest on this one
    return age(with_loan(book, _agree(loan, body, event.on)), event.on, cause=event.key)


def _plan(book: Book, loan: LoanState, body: PlanAgreed, event: Event, standing: bool) -> Posted:
    if loan.plan is not None and not standing:
        raise Refused("这笔借款已经有一个正在执行的还款方案。", code="plan_running")
    if loan.plan is not None:  # it was kept with money that was taken back: what was agreed on last stands
        loan = end_plan(loan, event.on - timedelta(days=1), PlanState.BROKEN)
    work = Work(book, cause=event.key)
    if loan.card is not None:
        loan, interest_fen = card.fixed(loan, event.on)
        work.charge(Account.INTEREST, loan.id, event.on, [(loan.instalments[-1].no, interest_fen)])
    plan = Plan(body.plan_id, event.on, body.parts, loan.received_fen, body.grace_days, body.stops_penalty)
    work.loans[loan.id] = restated(replace(loan, plan=plan), event.on)
    return Posted(work.book(), work.entries())


def _agree(loan: LoanState, body: Deferred | PlanEnded | Paused | PauseEnded, on: date) -> LoanState:
    """What changes dates and days, and moves no money."""
    if isinstance(body, Deferred):
        if loan.card is not None:
            raise Refused("这个账户按账单还款，不能延期，可以约定分期还款。", code="paid_by_statements")
        return defer_loan(loan, body.months, on)
    if isinstance(body, PlanEnded):
        if loan.plan is None:
            raise Refused("这笔借款没有正在执行的还款方案。", code="no_plan")
        return restated(end_plan(loan, on - timedelta(days=1), PlanState.BROKEN), on)
    if isinstance(body, Paused):
        return restated(replace(loan, pauses=(*loan.pauses, body.pause)), on)
    if all(one.id != body.pause_id or (one.ends_on and one.ends_on <= body.last_on) for one in loan.pauses):
        raise Refused("没有这个正在生效的暂停。", code="ageing_pause_unknown")
    ended = tuple(replace(p, ends_on=body.last_on) if p.id == body.pause_id else p for p in loan.pauses)
    return restated(replace(loan, pauses=ended), on)


def _purchase(book: Book, loan: LoanState, body: Purchased, event: Event) -> Posted:
    if loan.card is None or loan.written_off_on is not None:
        raise Refused("这个账户不能用于消费。", code="not_for_purchases")
    owed = Line(Account.PRINCIPAL, body.fen, loan.id, loan.instalments[-1].no)
    entry = Entry(event.key, Kind.DISBURSEMENT, event.on, (owed, Line(Account.CASH, -body.fen, loan.id)), event.key)
    return Posted(with_loan(book, card.bought(loan, body.fen, event.on)), (entry,))


def _charge(book: Book, loan: LoanState, body: Charged, event: Event) -> Posted:
    one = instalment_of(loan, body.no)
    if one.paid_on is not None:
        raise Refused("这一期已经还清，费用请记在未还的一期上。", code="instalment_paid")
    after = replace(one, fee_fen=one.fee_fen + body.fee_fen)
    lines = (
        Line(Account.FEE, body.fee_fen, loan.id, one.no),
        Line(Account.FEE_INCOME, -body.fee_fen, loan.id),
    )
    return Posted(with_loan(book, put(loan, after)), (Entry(event.key, Kind.CHARGE, event.on, lines, event.key),))


def _refund(book: Book, amount_fen: int, event: Event, standing: bool) -> Posted:
    held_fen = min(amount_fen, book.suspense_fen)
    short_fen = amount_fen - held_fen
    if short_fen and not standing:
        raise Refused("预存款不足，不能退这么多。", code="refund_exceeds_suspense")
    given = ((Account.SUSPENSE, held_fen), (Account.REFUND_CLAIM, short_fen), (Account.CASH, -amount_fen))
    lines = tuple(Line(account, fen) for account, fen in given if fen)
    after = replace(book, suspense_fen=book.suspense_fen - held_fen)
    if short_fen:
        since = book.refund_claim_since or event.on
        after = replace(after, refund_claim_fen=book.refund_claim_fen + short_fen, refund_claim_since=since)
    return Posted(after, (Entry(event.key, Kind.REFUND, event.on, lines, event.key),))


def _active(book: Book, loan_id: str) -> LoanState:
    """Books of today come without settled loans, those of a history with them."""
    loan = next((one for one in book.active if one.id == loan_id), None)
    if loan is None:
        raise Refused("这笔借款已经结清，不能再做这项操作。", code="loan_settled")
    return loan

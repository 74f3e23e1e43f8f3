"""What can happen to a borrower's book besides days passing, each kept as it was told, with the day it counts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.errors import Refused
from service.domain.loan import card
from service.domain.loan.accrual import age, defer_loan
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.journal import INCOME, SUSPENDED, Account, Entry, Kind, Line
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


def apply(book: Book, event: Event) -> Posted:
    """Let the days until the event pass, then the event happen.

    Raises Refused (loan_settled, instalment_unknown, instalment_paid, refund_exceeds_suspense, nothing_to_waive,
    plan_running, no_plan, paid_by_statements, not_for_purchases, ageing_pause_unknown, already_written_off,
    nothing_to_write_off) where the book does not allow it.
    """
    aged = age(book, event.on, cause=f"{event.key}:before")
    done = _happen(aged.book, event)
    return replace(done, entries=(*aged.entries, *done.entries))


def _happen(book: Book, event: Event) -> Posted:
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
        return _refund(book, body.amount_fen, event)
    loan = _active(book, body.loan_id)
    if isinstance(body, Purchased):
        return _purchase(book, loan, body, event)
    if isinstance(body, Charged):
        return _charge(book, loan, body, event)
    if isinstance(body, Waived):
        return _waive(book, loan, body, event)
    if isinstance(body, WrittenOff):
        return _write_off(book, loan, event)
    if isinstance(body, PlanAgreed):
        return _plan(book, loan, body, event)
    # what was free until the day before bears penalty interest on this one
    return age(_with(book, _agree(loan, body, event.on)), event.on, cause=event.key)


def _plan(book: Book, loan: LoanState, body: PlanAgreed, event: Event) -> Posted:
    if loan.plan is not None:
        raise Refused("这笔借款已经有一个正在执行的还款方案。", code="plan_running")
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
    return Posted(_with(book, card.bought(loan, body.fen, event.on)), (entry,))


def _charge(book: Book, loan: LoanState, body: Charged, event: Event) -> Posted:
    one = _instalment(loan, body.no)
    if one.paid_on is not None:
        raise Refused("这一期已经还清，费用请记在未还的一期上。", code="instalment_paid")
    after = replace(one, fee_fen=one.fee_fen + body.fee_fen)
    lines = (
        Line(Account.FEE, body.fee_fen, loan.id, one.no),
        Line(Account.FEE_INCOME, -body.fee_fen, loan.id),
    )
    return Posted(_with(book, _put(loan, after)), (Entry(event.key, Kind.CHARGE, event.on, lines, event.key),))


def _waive(book: Book, loan: LoanState, body: Waived, event: Event) -> Posted:
    """What was paid or is not there any more is not waived; where nothing is left to waive, that is refused."""
    lines: list[Line] = []
    waived_fen = 0
    for no, component, fen in body.parts:
        one = _instalment(loan, no)
        account = Account(component)
        given = min(fen, _waivable_fen(loan, one, account))
        if not given:
            continue
        waived_fen += given
        if account is Account.INTEREST:
            # interest that is not due yet was never charged
            charged = max(0, given - (one.interest_fen - one.recognised_interest_fen))
            after = replace(
                one,
                interest_fen=one.interest_fen - given,
                recognised_interest_fen=one.recognised_interest_fen - charged,
            )
        elif account is Account.PENALTY:
            charged = given
            after = replace(one, penalty_fen=one.penalty_fen - given, penalty_waived_fen=one.penalty_waived_fen + given)
        else:
            charged = given
            after = replace(one, fee_fen=one.fee_fen - given)
        income = SUSPENDED.get(account, INCOME[account]) if loan.non_accrual else INCOME[account]
        if charged:
            lines += [Line(account, -charged, loan.id, no), Line(income, charged, loan.id)]
        loan = _put(loan, replace(after, paid_on=event.on) if after.unpaid_fen == 0 else after)
    if not waived_fen:
        raise Refused("没有可以减免的金额。", code="nothing_to_waive")
    work = Work(_with(book, loan), cause=event.key)
    work.close_if_paid(loan.id, event.on)
    work.restate(event.on)
    written = (Entry(event.key, Kind.WAIVER, event.on, tuple(lines), event.key),) if lines else ()
    return Posted(work.book(), (*written, *work.entries()))


def _waivable_fen(loan: LoanState, one: InstalmentState, account: Account) -> int:
    """Of an account's open cycle no interest: its statement counts it anew."""
    if account is Account.INTEREST and loan.card is not None and one.stated_fen is None:
        return 0
    return {
        Account.FEE: one.due.fee_fen,
        Account.PENALTY: one.due.penalty_fen,
        Account.INTEREST: one.due.interest_fen,
    }[account]


def _refund(book: Book, amount_fen: int, event: Event) -> Posted:
    if amount_fen > book.suspense_fen:
        raise Refused("预存款不足，不能退这么多。", code="refund_exceeds_suspense")
    lines = (Line(Account.SUSPENSE, amount_fen), Line(Account.CASH, -amount_fen))
    entry = Entry(event.key, Kind.REFUND, event.on, lines, event.key)
    return Posted(replace(book, suspense_fen=book.suspense_fen - amount_fen), (entry,))


def _write_off(book: Book, loan: LoanState, event: Event) -> Posted:
    if loan.written_off_on is not None:
        raise Refused("这笔借款已经核销过。", code="already_written_off")
    fen = loan.unpaid_principal_fen
    if not fen:
        raise Refused("这笔借款没有未还本金，不需要核销。", code="nothing_to_write_off")
    lines = (Line(Account.LOSS, fen, loan.id), Line(Account.WRITTEN_OFF, -fen, loan.id))
    entry = Entry(event.key, Kind.WRITE_OFF, event.on, lines, event.key)
    return Posted(_with(book, replace(loan, written_off_on=event.on)), (entry,))


def _active(book: Book, loan_id: str) -> LoanState:
    """Books of today come without settled loans, those of a history with them."""
    loan = next((one for one in book.active if one.id == loan_id), None)
    if loan is None:
        raise Refused("这笔借款已经结清，不能再做这项操作。", code="loan_settled")
    return loan


def _instalment(loan: LoanState, no: int) -> InstalmentState:
    one = next((one for one in loan.instalments if one.no == no), None)
    if one is None:
        raise Refused(f"这笔借款没有第 {no} 期。", code="instalment_unknown")
    return one


def _put(loan: LoanState, after: InstalmentState) -> LoanState:
    return replace(loan, instalments=tuple(after if one.no == after.no else one for one in loan.instalments))


def _with(book: Book, loan: LoanState) -> Book:
    return replace(book, loans=tuple(loan if one.id == loan.id else one for one in book.loans))

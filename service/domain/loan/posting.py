"""How a borrower's book changes line by line: charges, money allocated to instalments, loans closing.

The tools that `accrual` (days passing), `payment` (money arriving) and `event` (the rest) work with. Pure: the same
book and the same event always give the same entries, so a repeat after a crash is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.loan import card
from service.domain.loan.ageing import ACCRUING_UNTIL, Pause, bucket, days_past_due
from service.domain.loan.allocation import Due, allocate
from service.domain.loan.book import Book, Claim, InstalmentState, LoanState
from service.domain.loan.daily import after_repaying, earned_fen, payable
from service.domain.loan.journal import INCOME, SUSPENDED, Account, Entry, Kind, Line, in_order
from service.domain.loan.plan import Plan, PlanState
from service.domain.values import quick, replace

NOTHING = Due()


@quick
@dataclass(frozen=True, slots=True)
class Posted:
    """The book after an event, its entries in order, and, for a payment, what the money paid for."""

    book: Book
    entries: tuple[Entry, ...]
    paid: Due = NOTHING
    to_suspense_fen: int = 0
    to_refund_claim_fen: int = 0
    settled: tuple[str, ...] = ()


class Work:
    """The book while one event changes it. `cause` sets its charges' keys apart from those of other events."""

    def __init__(self, book: Book, *, cause: str = "") -> None:
        self.borrower_id = book.borrower_id
        self.suspense_fen = book.suspense_fen
        self.refund_claim_fen = book.refund_claim_fen
        self.refund_claim_since = book.refund_claim_since
        self.loans = {loan.id: loan for loan in book.loans}
        self.cause = f":{cause}" if cause else ""
        self._entries: list[Entry] = []
        self._accrued: dict[date, dict[tuple[str, Account, int | None], int]] = {}

    def book(self) -> Book:
        return Book(
            self.borrower_id,
            self.suspense_fen,
            tuple(self.loans.values()),
            self.refund_claim_fen,
            self.refund_claim_since if self.refund_claim_fen else None,
        )

    def active(self) -> list[LoanState]:
        return [loan for loan in self.loans.values() if loan.status == "active"]

    def entries(self) -> tuple[Entry, ...]:
        """What days brought, one entry a day, then the rest; called once, at the end."""
        accruals = []
        for day in sorted(self._accrued):
            lines = in_order(Line(a, fen, loan_id, no) for (loan_id, a, no), fen in self._accrued[day].items() if fen)
            if lines:
                accruals.append(Entry(f"accrual:{self.borrower_id}:{day}{self.cause}", Kind.ACCRUAL, day, lines))
        return (*accruals, *self._entries)

    def write(self, entry: Entry) -> None:
        self._entries.append(entry)

    def put(self, loan_id: str, changed: Iterable[InstalmentState]) -> None:
        """Replace instalments of a loan, by number."""
        by_no = {one.no: one for one in changed}
        if by_no:
            loan = self.loans[loan_id]
            merged = tuple([by_no.get(one.no, one) for one in loan.instalments])
            self.loans[loan_id] = replace(loan, instalments=merged)

    def charge(self, account: Account, loan_id: str, on: date, amounts: Iterable[tuple[int, int]]) -> None:
        """Interest, penalty interest or a fee becomes owed: (instalment no, fen; negative: taken back)."""
        for no, fen in amounts:
            self._accrue(on, loan_id, account, no, fen)
            self._accrue(on, loan_id, self._income(account, loan_id), None, -fen)

    def _accrue(self, on: date, loan_id: str, account: Account, no: int | None, fen: int) -> None:
        sums = self._accrued.setdefault(on, {})
        what = loan_id, account, no
        sums[what] = sums.get(what, 0) + fen

    def _income(self, account: Account, loan_id: str) -> Account:
        return SUSPENDED.get(account, INCOME[account]) if self.loans[loan_id].non_accrual else INCOME[account]

    def roll(self, loan_id: str, no: int, fen: int, on: date) -> None:
        """Principal moves from an instalment to the next."""
        self._accrue(on, loan_id, Account.PRINCIPAL, no, -fen)
        self._accrue(on, loan_id, Account.PRINCIPAL, no + 1, fen)

    def recognise(self, loan_id: str, one: InstalmentState, on: date) -> InstalmentState:
        """The instalment's whole interest becomes owed, if it is not yet; by the day, what was earned until `on`."""
        earned = earned_fen(self.loans[loan_id], one, on)
        missing = earned - one.recognised_interest_fen
        if not missing:
            return one
        self.charge(Account.INTEREST, loan_id, on, [(one.no, missing)])
        after = replace(one, recognised_interest_fen=earned)
        self.put(loan_id, [after])
        return after

    def credit(
        self, loan_id: str, amount_fen: int, targets: Iterable[InstalmentState], on: date, lines: list[Line]
    ) -> int:
        """Allocate money to instalments of a loan as its contract says; adds the lines, returns the fen used.

        Of interest by the day that is still ahead nothing is paid: it may never arise.
        """
        targets = tuple(targets)
        if amount_fen <= 0 or not targets:
            return 0
        loan = self.loans[loan_id]
        allocation = allocate(
            amount_fen,
            dues=[payable(loan, one, on) for one in targets],
            order=order_of(loan),
            mode=loan.allocation_mode,
        )
        parts = tuple(zip(targets, allocation.parts, strict=True))
        # before any principal is received, which interest by the day is counted from
        owed = [self.recognise(loan_id, one, on) if part.interest_fen else one for one, part in parts]
        for one, part in zip(owed, allocation.parts, strict=True):
            self.receive(loan_id, one, part, on, lines)
        if loan.interest_by_day:
            repaid = {one.no: part.principal_fen for one, part in parts}
            self.put(loan_id, after_repaying(self.loans[loan_id], repaid, on))
        self.close_if_paid(loan_id, on)
        return amount_fen - allocation.excess_fen

    def receive(self, loan_id: str, one: InstalmentState, part: Due, on: date, lines: list[Line]) -> None:
        """An instalment receives a part. What was suspended becomes income, what was written off is recovered."""
        self.put(loan_id, [received(one, part, on)])
        lines.extend(credits(loan_id, one.no, part))
        loan = self.loans[loan_id]
        if loan.card is not None:
            loan = self.loans[loan_id] = card.after_paying(loan, part.principal_fen, on)
        if loan.non_accrual:
            for account, fen in ((Account.INTEREST, part.interest_fen), (Account.PENALTY, part.penalty_fen)):
                lines.extend(_moved(SUSPENDED[account], INCOME[account], fen, loan_id))
        if loan.written_off_on:
            lines.extend(_moved(Account.WRITTEN_OFF, Account.RECOVERY, part.principal_fen, loan_id))

    def close_if_paid(self, loan_id: str, on: date) -> None:
        """Settle a loan of which nothing is unpaid, but no account; a plan is over on the day on which all it asked for
        has come."""
        loan = self.loans[loan_id]
        if loan.card is not None:
            loan = self.loans[loan_id] = card.reopened(loan)
        if loan.plan and _is_over(loan, loan.plan, on):
            loan = self.loans[loan_id] = end_plan(loan, on, PlanState.KEPT)
        if loan.status == "active" and not loan.unpaid:
            self.loans[loan_id] = replace(loan, status="settled", settled_on=on)

    def restate(self, today: date) -> None:
        """Give every loan its days past due, bucket and accrual state; a book is never made younger than it was."""
        for loan in tuple(self.loans.values()):
            if loan.status == "active" or loan.settled_on == today:
                after = restated(loan, max(today, loan.aged_on or today))
                ceases = after.days_past_due > ACCRUING_UNTIL or after.written_off_on is not None
                changes = _accrues_again(after) if loan.non_accrual else ceases
                if changes:
                    self._change_accrual(loan, today)
                    after = replace(after, non_accrual=not loan.non_accrual)
                self.loans[loan.id] = after

    def _change_accrual(self, loan: LoanState, on: date) -> None:
        """What is charged and unpaid ceases to be income, or becomes it again."""
        unpaid = {
            Account.INTEREST: sum(one.recognised_interest_fen - one.interest_paid_fen for one in loan.instalments),
            Account.PENALTY: sum(one.penalty_fen - one.penalty_paid_fen for one in loan.instalments),
        }
        for account, fen in unpaid.items():
            change = -fen if loan.non_accrual else fen
            self._accrue(on, loan.id, INCOME[account], None, change)
            self._accrue(on, loan.id, SUSPENDED[account], None, -change)


def _is_over(loan: LoanState, plan: Plan, on: date) -> bool:
    owes = any(one.unpaid_fen for one in loan.unpaid)
    return not owes or plan.state(loan.received_fen, on) is PlanState.KEPT


def _accrues_again(loan: LoanState) -> bool:
    """At zero days past due because it was paid, not because days were given: what had been charged when an instalment
    was deferred is income only once it is paid, and so is what is due in days that a pause leaves out. Of what is
    written off nothing is income before it is paid, however punctually the rest comes."""
    if loan.written_off_on is not None:
        return False
    oldest = loan.oldest_unpaid_due()
    if loan.days_past_due or (oldest is not None and loan.aged_on is not None and oldest < loan.aged_on):
        return False
    deferred = (one for one in loan.unpaid if one.due_on > one.ends_on) if loan.card is None else ()
    return not any(
        one.recognised_interest_fen > one.interest_paid_fen or one.penalty_fen > one.penalty_paid_fen
        for one in deferred
    )


def end_plan(loan: LoanState, last: date, state: PlanState) -> LoanState:
    """The loan without its plan, of which `last` was the last day. Its days stay free of penalty interest where that
    was agreed; they stay out of the days past due only if it was kept to its end."""
    plan = loan.plan
    assert plan is not None
    began = plan.started_on + timedelta(days=1)
    if loan.card is not None:
        loan = card.resumed(loan, max(last, plan.started_on))
    if last < began:
        return replace(loan, plan=None)
    was = Pause(plan.id, began, last, "plan", stops_days=state is PlanState.KEPT, stops_penalty=plan.stops_penalty)
    return replace(loan, plan=None, pauses=(*loan.pauses, was))


def restated(loan: LoanState, as_of: date) -> LoanState:
    late = days_past_due(oldest_unpaid_due=loan.oldest_unpaid_due(), as_of=as_of, pauses=loan.all_pauses())
    if (late, as_of) == (loan.days_past_due, loan.aged_on):
        return loan
    return replace(loan, days_past_due=late, bucket=bucket(late), aged_on=as_of)


def order_of(loan: LoanState) -> tuple[str, ...]:
    """信用卡办法: up to 90 days past due interest and fees first, from 91 on principal first; here the contract says
    whether and from which day."""
    first_from = loan.principal_first_from
    if first_from is None or loan.days_past_due < first_from:
        return loan.allocation_order
    return ("principal", *(one for one in loan.allocation_order if one != "principal"))


def received(one: InstalmentState, part: Due, on: date) -> InstalmentState:
    """The instalment after money was received for its parts."""
    return replace(
        one,
        fee_paid_fen=one.fee_paid_fen + part.fee_fen,
        penalty_paid_fen=one.penalty_paid_fen + part.penalty_fen,
        interest_paid_fen=one.interest_paid_fen + part.interest_fen,
        principal_paid_fen=one.principal_paid_fen + part.principal_fen,
        paid_on=on if one.unpaid_fen == part.total_fen else one.paid_on,
    )


def credits(loan_id: str, no: int, part: Due) -> list[Line]:
    """The lines by which an instalment is paid."""
    parts = (
        (Account.FEE, part.fee_fen),
        (Account.PENALTY, part.penalty_fen),
        (Account.INTEREST, part.interest_fen),
        (Account.PRINCIPAL, part.principal_fen),
    )
    return [Line(account, -fen, loan_id, no) for account, fen in parts if fen]


def spread(amount_fen: int, ranks: Iterable[Sequence[Claim]]) -> dict[str, int]:
    """Divide an amount over claims, rank by rank, and within a rank in proportion to what they ask for; returns fen by
    loan. What is too much is left out."""
    shares: dict[str, int] = {}
    for claims in ranks:
        asked_fen = sum([claim.fen for claim in claims])
        given_fen = min(amount_fen, asked_fen)
        reached_fen = 0
        for claim in claims if given_fen else ():
            # by the sum so far, so that the rounded parts are the whole and none is more than was asked for
            before, reached_fen = reached_fen * given_fen // asked_fen, reached_fen + claim.fen
            part = reached_fen * given_fen // asked_fen - before
            if part:
                shares[claim.loan.id] = shares.get(claim.loan.id, 0) + part
        amount_fen -= given_fen
    return shares


def _moved(from_: Account, to: Account, fen: int, loan_id: str) -> tuple[Line, ...]:
    return (Line(from_, fen, loan_id), Line(to, -fen, loan_id)) if fen else ()

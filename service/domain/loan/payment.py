"""What money arriving does to a borrower's book: the shares it is meant for, then whatever is due, refunds to be given
back among it, then suspense."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.domain.loan import card
from service.domain.loan.allocation import Due
from service.domain.loan.book import Book, Claim, InstalmentState, LoanState
from service.domain.loan.daily import payable
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.posting import Posted, Work, received, spread
from service.domain.loan.settlement import settled_terms
from service.domain.values import replace


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment meant for one loan, as its payer said (民法典 560: the debtor's word goes first);
    `settles`: the borrower wants to be rid of the loan."""

    loan_id: str
    amount_fen: int
    settles: bool = False


def pay(
    book: Book,
    *,
    event: str,
    shares: Iterable[Share] | None,
    amount_fen: int,
    on: date,
) -> Posted:
    """Post a payment of `amount_fen` > 0 to a book aged to `on`; `event` is its key.

    Each share (None: as `meant_for` divides it) pays its loan's bill, then, where interest is by the day, principal
    that is not due yet, or the whole loan; what a share cannot use pays whatever else is due by `on`, then the claim
    for refunds, which bears nothing and so comes last of what is due (民法典 560); the rest is kept in suspense. So no
    balance ever turns negative.
    """
    work = Work(book, cause=event)
    lines: list[Line] = []
    left = amount_fen
    for share in meant_for(book, amount_fen, on) if shares is None else shares:
        left -= _pay_share(work, share, min(share.amount_fen, left), on, lines)
    # again, because a plan that is kept by it leaves what the contract has due
    while left and (due := spread(left, work.book().due_in_order(on))):
        for loan_id, fen in due.items():
            left -= work.credit(loan_id, fen, work.loans[loan_id].reached_by(on), on, lines)
    given_back = min(left, work.refund_claim_fen)
    work.refund_claim_fen -= given_back
    work.suspense_fen += left - given_back
    work.restate(on)
    paid = _parts(lines)
    if given_back:
        lines.append(Line(Account.REFUND_CLAIM, -given_back))
    kept = work.suspense_fen - book.suspense_fen
    if kept:
        lines.append(Line(Account.SUSPENSE, -kept))
    entry = Entry(event, Kind.PAYMENT, on, (Line(Account.CASH, amount_fen), *lines), event)
    work.write(entry)
    settled = tuple([loan.id for loan in book.active if work.loans[loan.id].status == "settled"])
    return Posted(work.book(), work.entries(), paid, kept, given_back, settled)


def meant_for(book: Book, amount_fen: int, on: date) -> tuple[Share, ...]:
    """How money that was meant for no loan is divided, in a book aged to `on`: the bill's claims in debt order, then
    the principal of loans with interest by the day and of accounts, oldest first. The rest is suspense's. Before what
    is not due yet so much is left over as refunds are to be given back.

    Who pays exactly the bill wants to be done with it: of interest by the day that is still ahead nothing can be paid
    yet, so that much is left to suspense, which pays it on its due date, instead of going to principal.
    """
    billed = book.billed(on)
    is_the_bill = amount_fen + book.suspense_fen == sum([claim.fen for claim in billed]) + book.refund_claim_fen
    if book.refund_claim_fen:
        due_fen = sum(claim.fen for claim in billed if claim.due_on <= on)
        amount_fen -= min(book.refund_claim_fen, max(0, amount_fen - due_fen))
    if is_the_bill:
        billed = tuple(replace(claim, due=_payable(claim, on)) for claim in billed)
    shares = spread(amount_fen, book.in_debt_order(billed, on))
    left = 0 if is_the_bill else amount_fen - sum(shares.values())
    for loan in book.active:
        if (loan.interest_by_day or loan.card is not None) and loan.plan is None:
            price_fen = sum(payable(loan, one, on).total_fen for one in loan.unpaid)
            more = min(left, price_fen - min(price_fen, shares.get(loan.id, 0)))
            if more:
                shares[loan.id] = shares.get(loan.id, 0) + more
                left -= more
    return tuple([Share(loan_id, fen) for loan_id, fen in shares.items()])


def _payable(claim: Claim, on: date) -> Due:
    if claim.by_plan or not claim.loan.interest_by_day:
        return claim.due
    return payable(claim.loan, next(one for one in claim.loan.unpaid if one.no == claim.no), on)


def _pay_share(work: Work, share: Share, offered_fen: int, on: date, lines: list[Line]) -> int:
    """Returns the fen used of those offered; 0 for a loan that is settled or not the borrower's."""
    loan = work.loans.get(share.loan_id)
    if loan is None or loan.status != "active":
        return 0
    if loan.card is not None:
        loan = work.loans[loan.id] = card.counted(loan, on)
    if share.settles:
        closed, early_fee_fen = settled_terms(loan, on)
        price_fen = sum(one.unpaid_fen for one in closed) + early_fee_fen
        if price_fen <= offered_fen + work.suspense_fen:
            _settle(work, loan, closed, early_fee_fen, on, lines)
            used = min(offered_fen, price_fen)
            work.suspense_fen -= price_fen - used
            return used
    if loan.plan is not None:
        billed = sum(claim.fen for claim in work.book().billed(on) if claim.loan.id == loan.id)
        return work.credit(loan.id, min(offered_fen, billed), loan.unpaid, on, lines)
    # What is due comes first: a vertical allocation over the whole bill would pay next week's interest while
    # principal stays overdue.
    due = [one for one in loan.unpaid if one.due_on <= on]
    used = work.credit(loan.id, offered_fen, due, on, lines)
    if used == offered_fen:
        return used
    after = {one.no: one for one in work.loans[loan.id].unpaid}
    if loan.interest_by_day or loan.card is not None:
        ahead = [one for one in after.values() if one.due_on > on]
        return used + work.credit(loan.id, offered_fen - used, ahead, on, lines)
    billed_on = (claim for claim in work.book().billed(on) if claim.loan.id == loan.id and claim.due_on > on)
    return used + work.credit(loan.id, offered_fen - used, [after[claim.no] for claim in billed_on], on, lines)


def _settle(
    work: Work,
    loan: LoanState,
    closed: tuple[InstalmentState, ...],
    early_fee_fen: int,
    on: date,
    lines: list[Line],
) -> None:
    """Restate interest to the days that passed, charge the fee to the last instalment, and pay all of it."""
    open_ones = [one for one in closed if one.paid_on is None]
    last = open_ones[-1].no
    changed = [(one.no, one.interest_fen - one.recognised_interest_fen) for one in open_ones]
    work.charge(Account.INTEREST, loan.id, on, changed)
    work.charge(Account.FEE, loan.id, on, [(last, early_fee_fen)])
    for one in open_ones:
        fee_fen = one.fee_fen + (early_fee_fen if one.no == last else 0)
        owed = replace(one, recognised_interest_fen=one.interest_fen, fee_fen=fee_fen)
        work.put(loan.id, [owed])
        work.receive(loan.id, owed, owed.due, on, lines)
        work.put(loan.id, [replace(received(owed, owed.due, on), paid_on=on)])
    work.close_if_paid(loan.id, on)


def _parts(lines: Iterable[Line]) -> Due:
    total: dict[Account, int] = {}
    for line in lines:
        total[line.account] = total.get(line.account, 0) - line.amount_fen
    return Due(
        fee_fen=total.get(Account.FEE, 0),
        penalty_fen=total.get(Account.PENALTY, 0),
        interest_fen=total.get(Account.INTEREST, 0),
        principal_fen=total.get(Account.PRINCIPAL, 0),
    )

"""What money arriving does to a borrower's book: the shares it is meant for, then whatever is due, then suspense."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from service.domain.loan.allocation import Due
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.journal import Account, Entry, Kind, Line
from service.domain.loan.posting import Posted, Work, credits, received, spread
from service.domain.loan.settlement import settled_terms


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment meant for one loan; `settles`: the borrower wants to be rid of it."""

    loan_id: str
    amount_fen: int
    settles: bool = False


def pay(book: Book, *, payment_id: str, shares: Iterable[Share], amount_fen: int, on: date) -> Posted:
    """Post a payment of `amount_fen` > 0 to a book aged to `on`.

    Each share pays its loan's bill (or the whole loan); what a share cannot use pays whatever else is due by
    `on`; the rest is kept in suspense, so that no balance ever turns negative.
    """
    work = Work(book)
    lines: list[Line] = []
    left = amount_fen
    for share in shares:
        left -= _pay_share(work, share, min(share.amount_fen, left), on, lines)
    for loan_id, fen in spread(left, work.book().unpaid_until(on)).items():
        due = [one for one in work.loans[loan_id].unpaid if one.due_on <= on]
        left -= work.credit(loan_id, fen, due, on, lines)
    work.suspense_fen += left
    work.restate(on)
    paid = _parts(lines)
    kept = work.suspense_fen - book.suspense_fen
    if kept:
        lines.append(Line(Account.SUSPENSE, -kept))
    entry = Entry(f"payment:{payment_id}", Kind.PAYMENT, on, (Line(Account.CASH, amount_fen), *lines))
    settled = tuple(loan.id for loan in book.active if work.loans[loan.id].status == "settled")
    return Posted(work.book(), (*work.entries, entry), paid, kept, settled)


def _pay_share(work: Work, share: Share, offered_fen: int, on: date, lines: list[Line]) -> int:
    """Returns the fen used of those offered; 0 for a loan that is settled or not the borrower's."""
    loan = work.loans.get(share.loan_id)
    if loan is None or loan.status != "active":
        return 0
    if share.settles:
        closed, early_fee_fen = settled_terms(loan, on)
        price_fen = sum(one.unpaid_fen for one in closed) + early_fee_fen
        if price_fen <= offered_fen + work.suspense_fen:
            _settle(work, loan, closed, early_fee_fen, on, lines)
            used = min(offered_fen, price_fen)
            work.suspense_fen -= price_fen - used
            return used
    # What is due comes first: a vertical allocation over the whole bill would pay next week's interest while
    # principal stays overdue.
    due = [one for one in loan.unpaid if one.due_on <= on]
    used = work.credit(loan.id, offered_fen, due, on, lines)
    ahead = [one for of, one in work.book().billed(on) if of.id == loan.id and one.due_on > on]
    return used + work.credit(loan.id, offered_fen - used, ahead, on, lines)


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
    restated = [(one.no, one.interest_fen - one.recognised_interest_fen) for one in open_ones]
    last = open_ones[-1].no
    work.charge(f"interest:{loan.id}:payoff", Account.INTEREST, loan.id, on, restated)
    work.charge(f"fee:{loan.id}:payoff", Account.FEE, loan.id, on, [(last, early_fee_fen)])
    for one in open_ones:
        fee_fen = one.fee_fen + (early_fee_fen if one.no == last else 0)
        owed = replace(one, recognised_interest_fen=one.interest_fen, fee_fen=fee_fen)
        work.put(loan.id, [replace(received(owed, owed.due, on), paid_on=on)])
        lines.extend(credits(loan.id, one.no, owed.due))
    work.close_if_paid(loan.id, on)


def _parts(lines: Iterable[Line]) -> Due:
    total = dict.fromkeys(Account, 0)
    for line in lines:
        total[line.account] -= line.amount_fen
    return Due(
        fee_fen=total[Account.FEE],
        penalty_fen=total[Account.PENALTY],
        interest_fen=total[Account.INTEREST],
        principal_fen=total[Account.PRINCIPAL],
    )

"""Proof that the ledger is what its history makes it: hashes unbroken, entries balanced, balances replayed.

Read-only, for the operator and for tests; what is wrong comes back as values that name the borrower.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_event as log
from service.db import loan_journal as journal
from service.domain.loan.book import Book, LoanState
from service.domain.loan.history import rebuild
from service.domain.loan.journal import Balances, chained, replay


@dataclass(frozen=True, slots=True)
class Fault:
    borrower_id: str
    what: str


def verify_borrower(conn: Connection, borrower_id: str) -> tuple[Fault, ...]:
    """Every fault found in one borrower's part of the ledger; none where all is well."""
    book = ledger.load_book(conn, borrower_id, settled=True)
    if book is None:
        return (Fault(borrower_id, "there is no such borrower"),)
    checks = (_chain(conn, borrower_id), _balances(conn, book), _history(conn, book))
    found = [what for check in checks for what in _as_far_as_it_goes(check)]
    return tuple(Fault(borrower_id, what) for what in dict.fromkeys(found))


def _as_far_as_it_goes(check: Iterator[str]) -> Iterator[str]:
    """What was changed behind the ledger's back may make no sense any more: that is a fault, too, and the next
    borrower is looked at all the same."""
    try:
        yield from check
    except (ValueError, LookupError, AssertionError) as senseless:
        yield f"what is written cannot be read: {senseless}"


def _chain(conn: Connection, borrower_id: str) -> Iterator[str]:
    previous = ""
    for written in journal.written_entries(conn, borrower_id):
        previous = chained(previous, written.entry)
        if written.hash != previous:
            yield f"entry {written.id} ({written.entry.key}): the hash does not follow from the entry before it"
            return


def _balances(conn: Connection, book: Book) -> Iterator[str]:
    balances = replay(journal.journal_of(conn, book.borrower_id))
    if balances.suspense_fen != book.suspense_fen:
        yield f"suspense is {book.suspense_fen}, the journal says {balances.suspense_fen}"
    if balances.refund_claim_fen != book.refund_claim_fen:
        yield f"the claim for refunds is {book.refund_claim_fen}, the journal says {balances.refund_claim_fen}"
    for loan in book.loans:
        yield from _loan(loan, balances)


def _loan(loan: LoanState, balances: Balances) -> Iterator[str]:
    for one in loan.instalments:
        said = balances.instalments[loan.id, one.no]
        pairs = (
            ("principal", one.principal_fen, said.principal_fen),
            ("principal paid", one.principal_paid_fen, said.principal_paid_fen),
            ("interest", one.recognised_interest_fen, said.interest_recognised_fen),
            ("interest paid", one.interest_paid_fen, said.interest_paid_fen),
            ("penalty", one.penalty_fen, said.penalty_fen),
            ("penalty paid", one.penalty_paid_fen, said.penalty_paid_fen),
            ("fee", one.fee_fen, said.fee_fen),
            ("fee paid", one.fee_paid_fen, said.fee_paid_fen),
        )
        for name, kept, replayed in pairs:
            if kept != replayed:
                yield f"{loan.id} no {one.no}: {name} is {kept}, the journal says {replayed}"


def _history(conn: Connection, book: Book) -> Iterator[str]:
    """The stored book equals what its events make, aged as far as the stored one was. A settled loan says no more than
    when it was settled: it may have been found out much later."""
    ages = (one.aged_on if one.status == "active" else one.settled_on for one in book.loans)
    reached = max((day for day in ages if day), default=None)
    events = log.history(conn, book.borrower_id)
    until = max([one.on for one in events] + ([reached] if reached else []), default=date.min)
    made = rebuild(book.borrower_id, events, until).book
    if made.suspense_fen != book.suspense_fen:
        yield f"suspense is {book.suspense_fen}, its history makes {made.suspense_fen}"
    claims = [(one.refund_claim_fen, one.refund_claim_since) for one in (book, made)]
    if claims[0] != claims[1]:
        yield f"the claim for refunds is {claims[0]}, its history makes {claims[1]}"
    kept = {loan.id: _timeless(loan) for loan in book.loans}
    for loan in made.loans:
        if kept.get(loan.id) != _timeless(loan):
            yield f"{loan.id} is not what its history makes it"
    if len(kept) != len(made.loans):
        yield "there are loans that no event tells of"


def _timeless(loan: LoanState) -> LoanState:
    """A loan that nothing is due of is not aged day by day; nothing else depends on it."""
    return replace(loan, aged_on=None)

"""How what happened to borrowers' books is written: events, loans, journal and projection together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_event as log
from service.db import loan_journal as journal
from service.db.loan_event import NewEvent
from service.db.many_rows import sent_together
from service.domain.loan.book import Book, LoanState
from service.domain.loan.journal import Entry


def write_changes(
    conn: Connection,
    changes: Sequence[tuple[Book, Book]],
    *,
    entries: Sequence[tuple[str, Entry]],
    events: Sequence[NewEvent] = (),
    loans: Sequence[LoanState] = (),
    now: datetime,
) -> None:
    """Write books that changed, (before, after), the (borrower id, entry) pairs that say how, the events that are why,
    and the loans that are new, in a handful of statements. The caller holds the borrowers' rows. Raises sqlalchemy's
    IntegrityError where the key of an event or an entry is there already."""
    for loan in loans:
        ledger.add_loan(conn, loan, now=now)
    ledger.save_cycles(conn, changes)
    chained = journal.chain(conn, entries, now=now)
    with sent_together(conn):
        log.add_events(conn, events, now=now)
        journal.append(conn, chained)
        ledger.save_books(conn, changes)

"""What is kept of one borrower, for people who look after the ledger: what happened, what was posted, and whether
the one is what the other makes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_pages as pages
from service.domain.errors import NotFound
from service.usecases.loan.verify_journal import verify_borrower


@dataclass(frozen=True, slots=True)
class LedgerEvents:
    """`more`: others come after the last one."""

    events: tuple[pages.ToldEvent, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class LedgerJournal:
    """`more`: others come after the last one."""

    entries: tuple[pages.ToldEntry, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether hashes, balances and history agree; `faults` name what does not."""

    borrower_id: str
    verified: bool
    faults: tuple[str, ...]


def events(conn: Connection, *, borrower_id: str, after_id: int, limit: int) -> LedgerEvents:
    """What was told of the borrower, later than the event `after_id`. Raises NotFound (borrower_unknown)."""
    _known(conn, borrower_id)
    found = pages.events_after(conn, borrower_id, after_id=after_id, limit=limit + 1)
    return LedgerEvents(found[:limit], len(found) > limit)


def journal(conn: Connection, *, borrower_id: str, after_id: int, limit: int) -> LedgerJournal:
    """What was posted, later than the entry `after_id`. Raises NotFound (borrower_unknown)."""
    _known(conn, borrower_id)
    found = pages.entries_after(conn, borrower_id, after_id=after_id, limit=limit + 1)
    return LedgerJournal(found[:limit], len(found) > limit)


def verification(conn: Connection, *, borrower_id: str) -> Verification:
    """Raises NotFound (borrower_unknown)."""
    _known(conn, borrower_id)
    faults = tuple(fault.what for fault in verify_borrower(conn, borrower_id))
    return Verification(borrower_id, not faults, faults)


def _known(conn: Connection, borrower_id: str) -> None:
    if ledger.borrower_of(conn, borrower_id) is None:
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")

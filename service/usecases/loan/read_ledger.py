"""What is kept of one borrower, for people who look after the ledger: what happened, what was posted, whether the one
is what the other makes it, and how late his loans are and have been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import loan_pages as pages
from service.domain.errors import NotFound
from service.domain.loan.ageing import Pause, asset_class_floor, bucket, days_past_due
from service.domain.loan.book import LoanState
from service.usecases.loan.current import current_book
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


@dataclass(frozen=True, slots=True)
class LateInstalment:
    """An unpaid instalment whose due date has passed. Days of a pause do not count."""

    no: int
    due_on: date
    days_past_due: int
    unpaid_fen: int


@dataclass(frozen=True, slots=True)
class LoanAgeing:
    """How late a loan is, today. `asset_class_floor`: 五级分类 is this or worse; whether it is worse is a person's
    judgement. `tags` in order of entry; `pauses` are all that there ever were."""

    loan_id: str
    status: str
    days_past_due: int
    bucket: str
    asset_class_floor: str
    non_accrual: bool
    written_off_on: date | None
    late: tuple[LateInstalment, ...]
    tags: tuple[pages.ToldTag, ...]
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Ageing:
    """`as_of` is today's business date. `refund_claim_fen`, refunds to be given back, is owed since
    `refund_claim_since`; it is no loan, so that it is in no bucket."""

    borrower_id: str
    as_of: date
    days_past_due: int
    refund_claim_fen: int
    refund_claim_since: date | None
    loans: tuple[LoanAgeing, ...]


def ageing(conn: Connection, *, borrower_id: str, today: date) -> Ageing:
    """How late each of the borrower's loans is, settled ones included. Raises NotFound (borrower_unknown)."""
    book = current_book(conn, borrower_id=borrower_id, today=today, settled=True)
    tags = pages.tags_of(conn, [loan.id for loan in book.loans])
    loans = tuple(_ageing_of(loan, tags.get(loan.id, ()), today) for loan in book.loans)
    late = max((loan.days_past_due for loan in loans), default=0)
    return Ageing(borrower_id, today, late, book.refund_claim_fen, book.refund_claim_since, loans)


def _ageing_of(loan: LoanState, tags: tuple[pages.ToldTag, ...], today: date) -> LoanAgeing:
    days = loan.days_past_due if loan.status == "active" else 0
    late = tuple(
        LateInstalment(one.no, one.due_on, past, one.unpaid_fen)
        for one in loan.unpaid
        if (past := days_past_due(oldest_unpaid_due=one.due_on, as_of=today, pauses=loan.pauses)) > 0
    )
    return LoanAgeing(
        loan_id=loan.id,
        status=loan.status,
        days_past_due=days,
        bucket=bucket(days),
        asset_class_floor=asset_class_floor(days, written_off=loan.written_off_on is not None),
        non_accrual=loan.non_accrual,
        written_off_on=loan.written_off_on,
        late=late,
        tags=tags,
        pauses=loan.pauses,
    )


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

"""What agents read of a borrower's ledger: what happened, what was posted, with its hashes, whether it fits, and how
late the loans are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from service.api.agents import viewer
from service.api.deps import services
from service.api.problems import refuses
from service.domain.days import business_date
from service.usecases.loan import read_ledger
from service.usecases.loan.read_ledger import Ageing, LedgerEvents, LedgerJournal, Verification

router = APIRouter(prefix="/loan/borrowers/{borrower_id}", dependencies=[Depends(viewer)])
BorrowerId = Annotated[str, Path(max_length=64)]
After = Annotated[int, Query(ge=0, le=2**62)]
Most = Annotated[int, Query(ge=1, le=500)]


@router.get("/events")
@refuses("borrower_unknown")
def get_events(request: Request, borrower_id: BorrowerId, after_id: After = 0, limit: Most = 100) -> LedgerEvents:
    """What happened to a borrower's ledger, in the order in which it was told, with who did it and why."""
    with services(request).database.reading() as conn:
        return read_ledger.events(conn, borrower_id=borrower_id, after_id=after_id, limit=limit)


@router.get("/journal")
@refuses("borrower_unknown")
def get_journal(request: Request, borrower_id: BorrowerId, after_id: After = 0, limit: Most = 100) -> LedgerJournal:
    """A borrower's journal in the order in which it was written, each entry with its hash."""
    with services(request).database.reading() as conn:
        return read_ledger.journal(conn, borrower_id=borrower_id, after_id=after_id, limit=limit)


@router.get("/ageing")
@refuses("borrower_unknown")
def get_ageing(request: Request, borrower_id: BorrowerId) -> Ageing:
    """How late each loan and instalment is today, which buckets it was in and when, what paused, and how it counts."""
    at = services(request)
    with at.database.reading() as conn:
        return read_ledger.ageing(conn, borrower_id=borrower_id, today=business_date(at.clock.now()))


@router.get("/verification")
@refuses("borrower_unknown")
def get_verification(request: Request, borrower_id: BorrowerId) -> Verification:
    """Whether a borrower's hashes are unbroken, his entries balance, and his history makes what is stored."""
    with services(request).database.reading() as conn:
        return read_ledger.verification(conn, borrower_id=borrower_id)

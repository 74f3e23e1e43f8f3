"""Operators have a bank's file of incoming payments posted, and see what money waits for its borrower to be found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from service.api.agents import Operator, viewer
from service.api.deps import services
from service.api.problems import refuses
from service.db import payment_file as store
from service.domain.loan.payment_file import LONGEST_ACCOUNT, LONGEST_REFERENCE, RowState
from service.usecases.collect.import_bank_file import accept_bank_payment, import_bank_file

router = APIRouter(prefix="/loan/payment-files")
LARGEST = 200_000  # characters; the command line takes larger files


class PaymentFile(BaseModel):
    """A file as CSV text, its head line naming 流水号, 账号, 金额 and 日期; `dry_run`: say what would become of it."""

    csv: str = Field(min_length=1, max_length=LARGEST)
    dry_run: bool = Field(False, strict=True)


class FileLine(BaseModel):
    """What became of a line; `detail` says what to do where it was not posted."""

    line: int
    reference: str
    state: RowState
    borrower_id: str
    amount_fen: int
    detail: str


class PaymentFileOutcome(BaseModel):
    """How many lines came to what, the sum posted just now, and every line."""

    dry_run: bool
    posted: int
    known: int
    set_aside: int
    refused: int
    posted_fen: int
    lines: list[FileLine]


class WaitingPayment(BaseModel):
    """Money that waits for a person, and `why`: its account is known to nobody, and a file that names its borrower
    under the same reference posts it; or its day is long ago, and it is accepted or left."""

    reference: str
    account: str
    amount_fen: int
    paid_on: date
    by: str
    created_at: datetime
    why: Literal["unknown_account", "too_old"]


class Acceptance(BaseModel):
    """Which of the payments that wait is posted, why, and for which account, where that is not the line's own."""

    reference: str = Field(min_length=1, max_length=LONGEST_REFERENCE)
    account: str = Field("", max_length=LONGEST_ACCOUNT)
    reason: str = Field(min_length=1, max_length=400)


class WaitingPayments(BaseModel):
    """What waits, oldest first."""

    payments: list[WaitingPayment]


@router.post("")
@refuses("payment_file_unreadable")
def post_file(request: Request, agent: Operator, file: PaymentFile) -> PaymentFileOutcome:
    """Post a bank's file of payments, each line once by its reference, however often the file is sent."""
    at = services(request)
    found = import_bank_file(
        at.database, file.csv, by=agent.agent, clock=at.clock, policy=at.bank_files, dry_run=file.dry_run
    )
    count = {state: sum(one.state is state for one in found) for state in RowState}
    return PaymentFileOutcome(
        dry_run=file.dry_run,
        posted=count[RowState.POSTED],
        known=count[RowState.KNOWN],
        set_aside=count[RowState.SET_ASIDE],
        refused=count[RowState.REFUSED],
        posted_fen=sum(one.amount_fen for one in found if one.state is RowState.POSTED),
        lines=[FileLine.model_validate(one, from_attributes=True) for one in found],
    )


@router.get("/set-aside", dependencies=[Depends(viewer)])
def get_set_aside(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> WaitingPayments:
    """Money that came in and waits for a person, oldest first."""
    with services(request).database.reading() as conn:
        found = store.waiting(conn, limit=limit)
    return WaitingPayments(payments=[WaitingPayment.model_validate(one, from_attributes=True) for one in found])


@router.post("/set-aside/acceptance")
@refuses("payment_not_set_aside", "reason_required")
def accept(request: Request, agent: Operator, wish: Acceptance) -> FileLine:
    """Post one payment that waits, as of its own day; accepted before, it is `known`."""
    at = services(request)
    found = accept_bank_payment(at.database, by=agent.agent, clock=at.clock, **wish.model_dump())
    return FileLine.model_validate(found, from_attributes=True)

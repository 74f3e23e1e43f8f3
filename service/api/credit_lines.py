"""What operators do to a credit line over HTTP, and how the lines of a borrower stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.agents import viewer
from service.api.deps import services
from service.api.iso import Day
from service.api.operating import CHANGE, Asked, Done, LedgerChange, WhyWish
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.loan.credit_line import CreditLine, LineStatus
from service.domain.money import LARGEST_FEN
from service.usecases.loan.adjust import Order
from service.usecases.loan.cancel_temporary_limit import cancel_temporary_limit
from service.usecases.loan.changing_line import LineOrder
from service.usecases.loan.close_line import close_line
from service.usecases.loan.freeze_line import freeze_line
from service.usecases.loan.grant_temporary_limit import grant_temporary_limit
from service.usecases.loan.list_lines import list_lines
from service.usecases.loan.lower_limit import lower_limit
from service.usecases.loan.raise_limit import raise_limit
from service.usecases.loan.unfreeze_line import unfreeze_line

router = APIRouter(prefix="/loan")
LineId = Annotated[str, Path(max_length=64)]
Change = Callable[[Connection, LineOrder], CreditLine]
Fen = Annotated[int, Field(strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)]
LINE = (*CHANGE, "line_unknown", "line_closed", "reason_unknown")


class LineWish(WhyWish):
    """`reason_code` is what the borrower is told, one of the policy's for this change; `reason` is kept for
    colleagues."""

    reason_code: str = Field(min_length=1, max_length=64)


class LimitOfLineWish(LineWish):
    """The base limit that is wanted, without a temporary part."""

    limit_fen: Fen


class TemporaryLimitWish(LineWish):
    """So much on top of the base, from the one day through the other."""

    extra_fen: Fen
    from_on: Day
    until_on: Day


class UnfreezeWish(LineWish):
    """Which freeze ends: the code of its reason; others stay."""

    lifts: str = Field(min_length=1, max_length=64)


class FreezeOfLine(BaseModel):
    """Why a line cannot be drawn on, and since when."""

    code: str
    reason: str
    since: date


class CreditLineStanding(BaseModel):
    """A credit line today; `available_fen` is 0 where it is frozen or closed."""

    line_id: str
    product_code: str
    product_name: str
    status: LineStatus
    limit_fen: int
    temporary_fen: int
    temporary_until: date | None
    used_fen: int
    available_fen: int
    freezes: list[FreezeOfLine]


class CreditLines(BaseModel):
    """All lines of a borrower, closed ones included."""

    borrower_id: str
    lines: list[CreditLineStanding]


@router.get("/borrowers/{borrower_id}/credit-lines", dependencies=[Depends(viewer)])
@refuses("borrower_unknown")
def get_lines(request: Request, borrower_id: Annotated[str, Path(max_length=64)]) -> CreditLines:
    """How each credit line of a borrower stands today: its limit, what is used, and why it is frozen."""
    at = services(request)
    today = business_date(at.clock.now())
    with at.database.reading() as conn:
        lines = list_lines(conn, borrower_id=borrower_id)
    return CreditLines(borrower_id=borrower_id, lines=[_shown(one, today) for one in lines])


@router.post("/credit-lines/{line_id}/raising")
@refuses(*LINE, "limit_not_higher", "limit_uneven", "cap_exceeded")
def raise_one(asked: Asked, line_id: LineId, wish: LimitOfLineWish) -> LedgerChange:
    """Raise the base limit, within the cap per borrower."""
    return _change(asked, line_id, wish, lambda conn, order: raise_limit(conn, order, limit_fen=wish.limit_fen))


@router.post("/credit-lines/{line_id}/lowering")
@refuses(*LINE, "limit_not_lower", "limit_negative")
def lower_one(asked: Asked, line_id: LineId, wish: LimitOfLineWish) -> LedgerChange:
    """Lower the base limit; what is used stays used and is repaid as agreed."""
    return _change(asked, line_id, wish, lambda conn, order: lower_limit(conn, order, limit_fen=wish.limit_fen))


@router.post("/credit-lines/{line_id}/temporary-limits")
@refuses(
    *LINE,
    "line_not_active",
    "temporary_running",
    "temporary_dates",
    "temporary_not_positive",
    "temporary_too_high",
    "cap_exceeded",
)
def give_temporarily(asked: Asked, line_id: LineId, wish: TemporaryLimitWish) -> LedgerChange:
    """Give a temporary limit for some days; it ends by itself."""

    def act(conn: Connection, order: LineOrder) -> CreditLine:
        days = {"from_on": wish.from_on, "until_on": wish.until_on}
        return grant_temporary_limit(conn, order, extra_fen=wish.extra_fen, **days)

    return _change(asked, line_id, wish, act)


@router.post("/credit-lines/{line_id}/temporary-limits/cancellation")
@refuses(*LINE, "no_temporary")
def cancel_temporarily(asked: Asked, line_id: LineId, wish: LineWish) -> LedgerChange:
    """End the temporary limit today, before its last day; what was drawn under it stays lent."""
    return _change(asked, line_id, wish, cancel_temporary_limit)


@router.post("/credit-lines/{line_id}/freezing")
@refuses(*LINE, "already_frozen")
def freeze_one(asked: Asked, line_id: LineId, wish: LineWish) -> LedgerChange:
    """Freeze a line for a reason: nothing can be drawn, everything can be repaid."""
    return _change(asked, line_id, wish, freeze_line)


@router.post("/credit-lines/{line_id}/unfreezing")
@refuses(*LINE, "not_frozen")
def unfreeze_one(asked: Asked, line_id: LineId, wish: UnfreezeWish) -> LedgerChange:
    """Lift one freeze; a line that is frozen for other reasons, too, stays frozen."""
    return _change(asked, line_id, wish, lambda conn, order: unfreeze_line(conn, order, lifts=wish.lifts))


@router.post("/credit-lines/{line_id}/closing")
@refuses(*LINE, "line_in_use")
def close_one(asked: Asked, line_id: LineId, wish: LineWish) -> LedgerChange:
    """Close a credit line for good, where nothing is owed under it; the borrower is told why when he asks."""
    return _change(asked, line_id, wish, close_line)


def _change(asked: Asked, line_id: str, wish: LineWish, change: Change) -> LedgerChange:
    def act(conn: Connection, order: Order) -> Done:
        rules = services(asked.request).limit_rules
        by_whom = LineOrder(
            line_id, wish.reason_code, order.by, order.key, now=order.now, rules=rules, note=order.reason
        )
        return Done(change(conn, by_whom).borrower_id)

    return asked.change(wish, act)


def _shown(line: CreditLine, today: date) -> CreditLineStanding:
    now = line.standing(today)
    return CreditLineStanding(
        line_id=line.id,
        product_code=line.product_code,
        product_name=line.product_name,
        status=now.status,
        limit_fen=now.limit_fen,
        temporary_fen=now.temporary_fen,
        temporary_until=line.state.temporary_until if now.temporary_fen else None,
        used_fen=now.used_fen,
        available_fen=now.available_fen,
        freezes=[FreezeOfLine(code=one.code, reason=one.reason, since=one.since) for one in line.state.freezes],
    )

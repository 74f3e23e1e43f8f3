"""What operators do to a credit line over HTTP: close it for good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Connection

from service.api.deps import services
from service.api.operating import CHANGE, Asked, Done, LedgerChange, WhyWish
from service.api.problems import refuses
from service.usecases.loan.adjust import Order
from service.usecases.loan.close_line import close_line

router = APIRouter(prefix="/loan/credit-lines")


class ClosingWish(WhyWish):
    """`reason_code` is what the borrower is told, one of the policy's; `reason` is kept for colleagues."""

    reason_code: str = Field(min_length=1, max_length=64)


@router.post("/{line_id}/closing")
@refuses(*CHANGE, "line_unknown", "line_closed", "line_in_use", "reason_unknown")
def close_one(asked: Asked, line_id: Annotated[str, Path(max_length=64)], wish: ClosingWish) -> LedgerChange:
    """Close a credit line for good, where nothing is owed under it; the borrower is told why when he asks."""

    def act(conn: Connection, order: Order) -> Done:
        line = close_line(
            conn,
            line_id=line_id,
            reason_code=wish.reason_code,
            by=order.by,
            key=order.key,
            note=order.reason,
            now=order.now,
            rules=services(asked.request).limit_rules,
        )
        return Done(line.borrower_id)

    return asked.change(wish, act)

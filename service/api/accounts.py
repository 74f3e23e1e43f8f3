"""Accounts that are paid by statements, over HTTP: operators open one, post a purchase to it, and take one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Connection

from service.api.deps import services
from service.api.operating import CHANGE, DATED, Asked, DatedWish, Done, LedgerChange, WhyWish
from service.api.problems import refuses
from service.db.loan_event import event_of
from service.domain.errors import Refused
from service.domain.money import LARGEST_FEN
from service.usecases.loan.adjust import Order
from service.usecases.loan.open_account import LAST_DAY, open_account
from service.usecases.loan.purchase import event_key, purchase
from service.usecases.loan.take_back_purchase import take_back_purchase

router = APIRouter(prefix="/loan")


class AccountWish(WhyWish):
    """An account of a product to buy with, under the borrower's line for it; statements are made on `statement_day`
    (31: the month's end)."""

    product_code: str = Field(min_length=1, max_length=64)
    statement_day: int = Field(strict=True, ge=1, le=LAST_DAY)
    purpose: str = Field(min_length=1, max_length=128)


class PurchaseWish(DatedWish):
    """What was bought, for how much."""

    amount_fen: int = Field(strict=True, ge=1, le=LARGEST_FEN)
    what: str = Field(min_length=1, max_length=200)


@router.post("/borrowers/{borrower_id}/accounts")
@refuses(
    *CHANGE,
    "borrower_unknown",
    "product_unknown",
    "line_unknown",
    "not_for_purchases",
    "account_exists",
    "price_over_cap",
)
def open_one(asked: Asked, borrower_id: Annotated[str, Path(max_length=64)], wish: AccountWish) -> LedgerChange:
    """Open an account to buy with; one for each line. Its loan is named by the answer's `event_key`, account:…"""

    at = services(asked.request)

    def act(conn: Connection, order: Order) -> Done:
        account = open_account(
            conn,
            loan_id=order.key.replace("operator:", "account-"),
            borrower_id=borrower_id,
            product_code=wish.product_code,
            statement_day=wish.statement_day,
            opened_on=order.on,
            purpose=wish.purpose,
            products=at.products,
            price_caps=at.price_caps,
            now=order.now,
        )
        return Done(borrower_id, f"account:{account.id}")

    return asked.change(wish, act)


@router.post("/loans/{loan_id}/purchases")
@refuses(
    *DATED,
    "loan_unknown",
    "loan_settled",
    "not_for_purchases",
    "plan_running",
    "line_not_active",
    "limit_exceeded",
)
def buy(asked: Asked, loan_id: Annotated[str, Path(max_length=64)], wish: PurchaseWish) -> LedgerChange:
    """Post a purchase to an account: it is owed from its day, and the next statement asks for it."""

    def act(conn: Connection, order: Order) -> Done:
        purchase_id = order.key.replace("operator:", "buy-")
        book = purchase(
            conn,
            purchase_id=purchase_id,
            loan_id=loan_id,
            amount_fen=wish.amount_fen,
            on=order.on,
            what=wish.what,
            by=order.by,
            now=order.now,
        )
        named = {"amount_fen": wish.amount_fen, "purchase_id": purchase_id}
        return Done(book.borrower_id, event_key(purchase_id), named)

    return asked.change(wish, act)


@router.post("/purchases/{purchase_id}/reversal")
@refuses(*CHANGE, "purchase_unknown", "purchase_taken_back", "later_refund")
def take_back(asked: Asked, purchase_id: Annotated[str, Path(max_length=128)], wish: WhyWish) -> LedgerChange:
    """Take a purchase back as if it had not been made: returned, or never the borrower's. Statements, interest and
    payments follow."""

    def act(conn: Connection, order: Order) -> Done:
        known = event_of(conn, event_key(purchase_id))
        if known is not None and known.cancelled:  # by another request: its answer names who did it
            raise Refused("这笔消费已经撤销过，请核对最新状态。", code="purchase_taken_back")
        book = take_back_purchase(conn, purchase_id=purchase_id, by=order.by, reason=order.reason, now=order.now)
        return Done(book.borrower_id, f"reversal:{event_key(purchase_id)}", {"purchase_id": purchase_id})

    return asked.change(wish, act)

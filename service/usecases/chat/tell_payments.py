"""Tells borrowers of money that came by a bank's file or was moved to them, and of money that was taken back: once, in
the app, and only within the hours in which they may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_journal as journal
from service.db import payment_news
from service.db.engine import Database
from service.db.payment_news import News
from service.domain.chat.identity import INAPP
from service.domain.collect.policy import Policy
from service.domain.days import business_date, local_time
from service.domain.money import spoken_yuan
from service.usecases.chat.say import say_to_borrower
from service.usecases.chat.tell_receipt import LOOK, PERSON, receipt_card, received
from service.usecases.loan.bill import bill
from service.usecases.loan.post_payments import receipt_of_row
from service.usecases.ports import Clock

AT_ONCE = 500
# What happened, and nothing about whose doing it was: who paid has done his part.
CAUSES: Mapping[str, str] = {
    "bounced": "银行通知我们，这笔钱没有转成功",
    "charged_back": "银行通知我们，这笔钱已经退回付款的账户",
    "wrong_account": "核对后发现，这笔钱记到了不对应的账户上",
    "mistake": "核对后发现，这笔还款登记有误",
}
OTHERWISE = "核对后发现，这笔还款需要更正"


def tell_payments(database: Database, *, clock: Clock, policy: Policy) -> int:
    """Returns how many were told. Each is told in the transaction that marks it as told."""
    now = clock.now()
    if not may_write(now, policy=policy):
        return 0
    with database.reading() as conn:
        waiting = payment_news.untold(conn, limit=AT_ONCE)
    told = 0
    for one in waiting:
        with database.transaction() as conn:
            if payment_news.claim(conn, one, now=now):
                _tell(conn, one, now=now)
                told += 1
    return told


def may_write(now: datetime, *, policy: Policy) -> bool:
    """Whether all hours that bind messages in the app are open."""
    hours = [one for one in policy.rules.on(business_date(now)).hours if INAPP in one.channels]
    at = local_time(now).time()
    return bool(hours) and all(one.opens <= at < one.closes for one in hours)


def _tell(conn: Connection, news: News, *, now: datetime) -> None:
    kept = journal.receipt_of(conn, news.payment_id)
    assert kept is not None, "news is of payments that were posted"
    came = news.kind == payment_news.RECEIVED
    receipt = receipt_of_row(kept)
    if came:  # overnight what is overdue may have changed
        overdue_fen = bill(conn, borrower_id=news.borrower_id, today=business_date(now)).overdue_fen
        receipt = replace(receipt, still_overdue_fen=overdue_fen)
    say_to_borrower(
        conn,
        borrower_id=news.borrower_id,
        message_id=f"receipt:{news.payment_id}:{news.kind}",
        text=received(receipt) if came else _taken_back(receipt.amount_fen, receipt.paid_at, news.cause, now=now),
        buttons=(LOOK,) if came else (LOOK, PERSON),
        card=receipt_card(receipt) if came else None,
        sender="system",
        now=now,
    )


def _taken_back(amount_fen: int, paid_at: datetime, cause: str, *, now: datetime) -> str:
    on, today = business_date(paid_at), business_date(now)
    year = f"{on.year}年" if on.year != today.year else ""
    return (
        f"您{year}{on.month}月{on.day}日的 {spoken_yuan(amount_fen)} 元还款有变化：{CAUSES.get(cause, OTHERWISE)}，"
        "所以这笔还款已经撤销，账单按没有这笔还款重新计算。"
        "如果您那边的钱已经扣了，请保留银行的扣款记录转人工，我们帮您核对。"
    )

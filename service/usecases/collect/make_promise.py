"""A borrower promises to pay so much by a day; until that day is over he is not asked for money."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_outreach as log
from service.db import loan as ledger
from service.domain.collect.policy import Policy
from service.domain.collect.promise import Promise, PromiseState
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.money import yuan
from service.usecases.collect.reconcile_promises import reconcile_promises
from service.usecases.loan.payoff import payoff

TEXT_AT_MOST = 500


def make_promise(
    conn: Connection,
    *,
    borrower_id: str,
    conversation_id: str,
    amount_fen: int,
    due_on: date,
    text: str,
    key: str,
    now: datetime,
    today: date,
    policy: Policy,
) -> Promise:
    """Record it; one that is pending is replaced, planned outreach is cancelled. The same key again is the same
    promise.

    Raises NotFound, KeyReused, Refused: amount_not_positive, date_in_past, date_too_far, nothing_owed,
    amount_too_large.
    """
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    known = collect.promise_by_key(conn, key)
    if known is not None:
        if (known.borrower_id, known.amount_fen, known.due_on) != (borrower_id, amount_fen, due_on):
            raise KeyReused("这个请求编号已用于另一个约定，请重新发起。")
        return known
    _check_day(due_on, today, policy)
    _check_amount(conn, borrower_id, amount_fen, today)
    _replace_pending(conn, borrower_id, now=now, today=today)
    made = Promise(
        id="promise-" + hashlib.sha256(key.encode()).hexdigest()[:32],
        borrower_id=borrower_id,
        conversation_id=conversation_id,
        amount_fen=amount_fen,
        due_on=due_on,
        state=PromiseState.PENDING,
        paid_fen=0,
        text=text[:TEXT_AT_MOST],
        created_at=now,
        decided_at=None,
    )
    collect.add_promise(conn, made, key=key)
    why = {"code": "promise_pending", "detail": "客户刚约定了还款日", "source": f"约定登记 {made.id}"}
    log.cancel_planned(conn, borrower_id, reasons=[why], now=now)
    return made


def latest_day(today: date, *, policy: Policy) -> date:
    """The last day that may be promised."""
    return today + timedelta(days=policy.promise_on(today).max_days)


def _check_day(due_on: date, today: date, policy: Policy) -> None:
    if due_on < today:
        raise Refused("这个日期已经过去了，请告诉我今天或以后的一天。", code="date_in_past")
    latest = latest_day(today, policy=policy)
    if due_on > latest:
        detail = f"约定还款日最晚可以到{latest.month}月{latest.day}日，请换一个日期；需要更久，可以回复“转人工”商量。"
        raise Refused(detail, code="date_too_far")


def _check_amount(conn: Connection, borrower_id: str, amount_fen: int, today: date) -> None:
    if amount_fen <= 0:
        raise Refused("约定的金额要大于 0 元，请重新告诉我金额。", code="amount_not_positive")
    owed_fen = payoff(conn, borrower_id=borrower_id, today=today).total_fen
    if owed_fen == 0:
        raise Refused("您目前没有需要还的款项，不用约定还款日。", code="nothing_owed")
    if amount_fen > owed_fen:
        detail = f"您现在全部结清只需 {yuan(owed_fen)} 元，{yuan(amount_fen)} 元超过了这个数，请改一个金额。"
        raise Refused(detail, code="amount_too_large")


def _replace_pending(conn: Connection, borrower_id: str, *, now: datetime, today: date) -> None:
    """An older promise whose day is over is decided first: a new one must not hide that it was broken."""
    reconcile_promises(conn, borrower_id=borrower_id, now=now, today=today)
    older = collect.pending_promise(conn, borrower_id)
    if older is not None:
        collect.set_promise(conn, older.id, state=PromiseState.CANCELLED, paid_fen=older.paid_fen, decided_at=now)

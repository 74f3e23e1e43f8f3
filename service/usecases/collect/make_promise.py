"""A borrower promises to pay so much by a day, or in parts; until such a day is over he is not asked for money."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from service.db import collect_outreach as log
from service.db import loan as ledger
from service.db import promise as kept
from service.domain.collect.policy import Policy
from service.domain.collect.promise import Cause, Promise, PromiseState, Why
from service.domain.collect.promising import Owed, Wished, check_renegotiations, parts_of
from service.domain.collect.promising import latest_day as latest_by
from service.domain.collect.reconciliation import reconciled
from service.domain.errors import KeyReused, NotFound
from service.usecases.collect.reconcile_promises import event_of, keep_change, payment_begun_at, reconcile_promises
from service.usecases.loan.bill import bill
from service.usecases.loan.payoff import payoff

TEXT_AT_MOST = 500


def make_promise(
    conn: Connection,
    *,
    borrower_id: str,
    conversation_id: str,
    parts: Sequence[Wished],
    text: str,
    key: str,
    now: datetime,
    today: date,
    policy: Policy,
) -> Promise:
    """Record it; one that is pending is replaced, planned outreach is cancelled. The same key again is the same
    promise.

    Raises NotFound, KeyReused, Refused: too_many_renegotiations, and what `parts_of` raises.
    """
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    known = kept.promise_by_key(conn, key)
    if known is not None:
        if known.borrower_id != borrower_id or not _same(known, parts):
            raise KeyReused("这个请求编号已用于另一个约定，请重新发起。")
        return known
    rule = policy.promise_on(today)
    owed = Owed(
        bill_fen=bill(conn, borrower_id=borrower_id, today=today).bill_fen,
        payoff_fen=payoff(conn, borrower_id=borrower_id, today=today).total_fen,
    )
    agreed = parts_of(parts, owed=owed, rule=rule, today=today)
    # An older promise whose day is over is decided first: a new one must not hide that it was broken.
    reconcile_promises(conn, borrower_id=borrower_id, why=Why(Cause.DAY_OVER), now=now, today=today)
    earlier = kept.promises_of(conn, borrower_id)
    check_renegotiations(earlier, today=today, rule=rule)
    made = Promise(
        id="promise-" + hashlib.sha256(key.encode()).hexdigest()[:32],
        borrower_id=borrower_id,
        conversation_id=conversation_id,
        parts=agreed,
        state=PromiseState.PENDING,
        paid_fen=0,
        text=text[:TEXT_AT_MOST],
        created_at=now,
        decided_at=None,
    )
    # the newest, and any that waits again since its money was taken back
    for older in (one for one in earlier if one is earlier[0] or one.state is PromiseState.PENDING):
        _replace(conn, older, by=made, today=today)
    kept.add_promise(conn, made, key=key)
    kept.add_event(conn, made.id, event_of(made, was=None, why=Why(Cause.MADE), now=now))
    why = {"code": "promise_pending", "detail": "客户刚约定了还款日", "source": f"约定登记 {made.id}"}
    log.cancel_planned(conn, borrower_id, reasons=[why], now=now)
    return made


def latest_day(today: date, *, policy: Policy) -> date:
    """The last day that may be promised."""
    return latest_by(today, rule=policy.promise_on(today))


def _same(known: Promise, wished: Sequence[Wished]) -> bool:
    """The same request: a rest was fixed as a sum and is known by being one."""
    asked = sorted(wished, key=lambda one: one.due_on)
    recorded = [(None if one.is_rest else one.amount_fen, one.due_on, one.condition) for one in known.parts]
    return recorded == [(one.amount_fen, one.due_on, one.condition) for one in asked]


def _replace(conn: Connection, older: Promise, *, by: Promise, today: date) -> None:
    """From now on money counts for the new one; what of the older one's parts is still open ends here."""
    at = replace(older, replaced_at=by.created_at)
    received, refunds = kept.received(conn, older.borrower_id), kept.refunds(conn, older.borrower_id)
    begun_at = payment_begun_at(conn, older.borrower_id)
    stands = reconciled(at, received, refunds=refunds, today=today, on_its_way=begun_at)
    keep_change(conn, older, stands, why=Why(Cause.REPLACED, by.id), now=by.created_at)

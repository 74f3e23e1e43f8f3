"""Automated outreach to a borrower rests, for a reason; all that was queued is cancelled in the same transaction.

One way in for everybody: the bot on the borrower's behalf, operators over HTTP, agents in the console.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from service.db import chat_queue, collect, contact
from service.db import collect_outreach as log
from service.db import loan as ledger
from service.db.collect import Pause
from service.domain.collect.outreach import Stop
from service.domain.errors import KeyReused, NotFound, Refused

NOTE_AT_MOST = 500


def pause(
    conn: Connection,
    *,
    borrower_id: str,
    reason: str,
    by: str,
    note: str = "",
    now: datetime,
    key: str | None = None,
    contact_point_id: str | None = None,
) -> Pause:
    """Pause for one of `Stop`'s reasons. Where it is paused for that reason already, that pause is returned.

    `key`: a repeat of the same request finds the pause it made, even if that has ended. `contact_point_id`: the number
    or account at which it was heard that it is not his; nothing goes there any more. Raises NotFound
    (borrower_unknown, contact_point_unknown), KeyReused, Refused (reason_unknown).
    """
    if reason not in set(Stop):
        raise Refused("没有这种暂停原因，请重新选择。", code="reason_unknown")
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    pause_id = _id(key or f"{borrower_id}|{reason}|{now.isoformat()}")
    known = collect.pause_by_id(conn, pause_id)
    if known is not None:
        if (known.borrower_id, known.reason) != (borrower_id, reason):
            raise KeyReused("这个请求编号已用于另一次暂停，请重新发起。")
        return known
    if contact_point_id is not None:
        _suppress(conn, contact_point_id, borrower_id=borrower_id, reason=reason, now=now)
    for one in collect.open_pauses(conn, borrower_id):
        if one.reason == reason:
            return one
    collect.add_pause(
        conn,
        pause_id=pause_id,
        borrower_id=borrower_id,
        reason=Stop(reason),
        note=note[:NOTE_AT_MOST],
        by=by,
        now=now,
    )
    why = {"code": f"stopped_{reason}", "detail": "计划之后暂停了触达", "source": f"暂停登记 {pause_id}"}
    log.cancel_planned(conn, borrower_id, reasons=[why], now=now)
    chat_queue.withdraw_outreach(conn, borrower_id, why=f"客户暂停了触达，没有发送（{pause_id}）")
    made = collect.pause_by_id(conn, pause_id)
    assert made is not None
    return made


def _suppress(conn: Connection, contact_point_id: str, *, borrower_id: str, reason: str, now: datetime) -> None:
    point = contact.point_by_id(conn, contact_point_id)
    if point is None or point.borrower_id != borrower_id:
        raise NotFound("没有找到这个联系方式，请刷新后重新选择。", code="contact_point_unknown")
    contact.suppress_point(conn, contact_point_id, reason=reason, now=now)


def _id(text: str) -> str:
    return "pause-" + hashlib.sha256(text.encode()).hexdigest()[:32]

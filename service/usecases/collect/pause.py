"""Automated outreach to a borrower rests, for a reason; what was planned is cancelled in the same transaction."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_outreach as log
from service.db import loan as ledger
from service.db.collect import Pause
from service.domain.collect.outreach import Stop
from service.domain.errors import KeyReused, NotFound, Refused

NOTE_AT_MOST = 500
__all__ = ["Pause", "pause"]


def pause(
    conn: Connection, *, borrower_id: str, reason: str, by: str, note: str = "", now: datetime, key: str | None = None
) -> Pause:
    """Pause for one of `Stop`'s reasons. Where it is paused for that reason already, that pause is returned.

    `key`: a repeat of the same request finds the pause it made, even if that has ended. Raises NotFound,
    KeyReused, Refused (reason_unknown).
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
    made = collect.pause_by_id(conn, pause_id)
    assert made is not None
    return made


def _id(text: str) -> str:
    return "pause-" + hashlib.sha256(text.encode()).hexdigest()[:32]

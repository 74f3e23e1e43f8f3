"""What a borrower allows in WeChat, notice by notice: one consent is one message, until he withdraws what is left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import loan as ledger
from service.db import wechat as accounts
from service.domain.chat.wechat_binding import Act


def keep_consent(conn: Connection, *, openid: str, template_id: str, message_id: str, now: datetime) -> bool:
    """False where it was told before, or the WeChat is nobody's: then there is nobody whom a notice could be for."""
    return _keep(conn, Act.CONSENTED, openid=openid, by="borrower", reason=template_id, message_id=message_id, now=now)


def withdraw_consents(
    conn: Connection, *, openid: str, by: str, template_id: str, message_id: str = "", now: datetime
) -> bool:
    """Every consent that is left counts no more; he may give new ones."""
    return _keep(conn, Act.WITHDRAWN, openid=openid, by=by, reason=template_id, message_id=message_id, now=now)


def _keep(conn: Connection, act: Act, *, openid: str, by: str, reason: str, message_id: str, now: datetime) -> bool:
    found = accounts.bound_to(conn, openid)
    if found is None:
        return False
    ledger.lock_borrower(conn, found.borrower_id)
    bound = accounts.bound_to(conn, openid)
    if bound is None or (message_id and accounts.was_told(conn, openid=openid, act=act, message_id=message_id)):
        return False
    accounts.add_event(
        conn,
        act=act,
        openid=openid,
        borrower_id=bound.borrower_id,
        point_id=bound.point_id,
        by=by,
        reason=reason,
        message_id=message_id,
        now=now,
    )
    return True

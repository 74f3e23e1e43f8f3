"""A named person keeps what lender and debtor agreed on about when he may be reached; the gate holds to it at once."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from service.db import contact
from service.db import loan as ledger
from service.domain.collect.contact import ContactTerms
from service.domain.collect.resuming import named_person, stated_reason
from service.domain.errors import NotFound, Refused


def agree_hours(
    conn: Connection,
    *,
    borrower_id: str,
    agreed_from: time | None,
    agreed_until: time | None,
    timezone: str,
    by: str,
    note: str,
    now: datetime,
) -> ContactTerms:
    """[agreed_from, agreed_until) on the debtor's own clock, in `timezone`, in place of the hours of the rules (A1.2);
    without hours the rules' hold again, on that clock. The same again changes nothing.

    Raises NotFound (borrower_unknown), Refused (person_required, reason_required, hours_incomplete, hours_reversed,
    timezone_unknown).
    """
    if (agreed_from is None) != (agreed_until is None):
        raise Refused("开始和结束时间要一起填写；取消约定时两个都留空。", code="hours_incomplete")
    if agreed_from is not None and agreed_until is not None and agreed_from >= agreed_until:
        raise Refused("开始时间要早于结束时间，请改一下。", code="hours_reversed")
    _check_zone(timezone)
    made = ContactTerms(borrower_id, agreed_from, agreed_until, timezone, now, named_person(by), stated_reason(note))
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    held = contact.terms_of(conn, borrower_id)
    if held is not None and held.hours == made.hours:
        return held
    contact.set_terms(conn, made)
    return made


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("没有这个时区，请写成 Asia/Shanghai 这样。", code="timezone_unknown") from None

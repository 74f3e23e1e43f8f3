"""A waiver, a deferral or a write-off that was booked by mistake is undone, once, as if it had not been made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import loan_event as log
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.book import Book
from service.domain.loan.event import Deferred, Event, Waived, WrittenOff
from service.domain.loan.history import rebuild
from service.usecases.loan.adjust import Order
from service.usecases.loan.post_event import cancel, locked_book

UNDOABLE = {Waived: "减免", Deferred: "延期", WrittenOff: "核销"}
OF_ARRANGEMENTS = "hardship:"  # how the keys of what was proposed and approved begin


def undo(conn: Connection, order: Order, *, event_key: str) -> Book:
    """Everything after it is played again without it.

    Raises NotFound (event_unknown), Refused: not_undoable (another kind of event), part_of_arrangement, undone_before,
    later_event (something that was done later would not have been possible without it), later_refund.
    """
    found = log.event_of(conn, event_key)
    if found is None:
        raise NotFound("没有找到这笔记录，请核对编号。", code="event_unknown")
    if type(found.event.body) not in UNDOABLE:
        raise Refused("只有减免、延期和核销可以这样撤销。", code="not_undoable")
    if event_key.startswith(OF_ARRANGEMENTS):
        raise Refused("这是已批准的还款安排的一部分，请结束那项安排。", code="part_of_arrangement")
    locked_book(conn, found.borrower_id)
    again = log.event_of(conn, event_key)  # under the lock: another may have been first
    assert again is not None, "events are never deleted"
    if again.cancelled:
        raise Refused("这笔记录已经撤销过，请核对最新状态。", code="undone_before")
    if later := _stands_on(conn, found.borrower_id, again.event, order.now):
        raise Refused(f"之后的操作（{later.on}，编号 {later.key}）以它为前提，请先处理那一笔。", code="later_event")
    return cancel(conn, again, key=order.key, by=order.by.strip(), reason=order.reason.strip(), now=order.now)


def _stands_on(conn: Connection, borrower_id: str, undone: Event, now: datetime) -> Event | None:
    """The first event that would have been refused without it."""
    events = log.history(conn, borrower_id)
    until = max(business_date(now), max(one.on for one in events))
    without = [one for one in events if one.key != undone.key]
    before, after = (rebuild(borrower_id, told, until).done for told in (events, without))
    return next((one for one in without if one.key in before and one.key not in after), None)

"""What every change of a credit line has in common: once per key, by somebody named, for a reason of the policy, with
the line held, and what has run out written down first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.credit_line import (
    CreditLine,
    EventKind,
    LineEvent,
    LineStatus,
    Reason,
    apply,
    end_of_temporary,
)
from service.domain.loan.limit_rules import LimitRules
from service.domain.money import spoken_yuan

Make = Callable[[CreditLine, Reason], LineEvent]
END_KEY = "temporary_ended:{line_id}:{version}"


def change_line(
    conn: Connection,
    *,
    line_id: str,
    kind: EventKind,
    wish: tuple[object, ...],
    reason_code: str,
    by: str,
    key: str,
    note: str = "",
    now: datetime,
    rules: LimitRules,
    make: Make,
) -> CreditLine:
    """The line after the event that `make` gives; the same key and `wish` again change nothing.

    Raises NotFound (line_unknown), KeyReused, Refused (person_missing, reason_unknown, line_closed), and what `make`
    raises.
    """
    line = held_line(conn, line_id)
    request = request_hash(line_id, kind.value, *wish, reason_code, by)
    known = store.event_by_key(conn, key)
    if known is not None:
        if known != (line_id, request):
            raise KeyReused("这个请求编号已用于另一次额度调整，请重新发起。")
        return line
    if not by.strip():
        raise Refused("请写明是谁做的调整。", code="person_missing")
    reason = rules.reason_for(kind, reason_code)
    if reason is None:
        raise Refused("没有这种调整原因，请重新选择。", code="reason_unknown")
    if line.state.status is LineStatus.CLOSED:
        raise Refused(f"这个额度已经关闭，不能再调整。{line.state.status_reason}", code="line_closed")
    line = _with_end_written(conn, line, now=now, rules=rules)
    event = make(line, reason)
    state = apply(line.state, event)
    store.save_change(conn, state, event, key=key, request=request, note=note)
    return _with(line, event)


def held_line(conn: Connection, line_id: str) -> CreditLine:
    """The line, with the borrower and the line held until the transaction ends. Raises NotFound."""
    borrower_id = store.owner_of_line(conn, line_id)
    if borrower_id is None:
        raise NotFound("没有找到这个额度。", code="line_unknown")
    ledger.lock_borrower(conn, borrower_id)
    store.lock_line(conn, line_id)
    return next(one for one in store.lines_of(conn, borrower_id) if one.id == line_id)


def new_event(
    line: CreditLine, kind: EventKind, *, reason: Reason, by: str, now: datetime, amount_fen: int = 0, lifts: str = ""
) -> LineEvent:
    """The next event of a line, on the business date of `now`."""
    return LineEvent(
        line_id=line.id,
        no=line.state.version + 1,
        kind=kind,
        amount_fen=amount_fen,
        reason=reason,
        by=by,
        on=business_date(now),
        at=now,
        lifts=lifts,
    )


def room_fen(conn: Connection, line: CreditLine, *, rules: LimitRules, now: datetime) -> int:
    """How high this line's limit may be beside the borrower's other ones, under the cap per borrower."""
    return rules.cap_fen - others_fen(conn, line, now=now)


def others_fen(conn: Connection, line: CreditLine, *, now: datetime) -> int:
    """The limits of the borrower's other lines, temporary parts that have begun or will begin included."""
    today = business_date(now)
    others = [one.state for one in store.lines_of(conn, line.borrower_id) if one.id != line.id]
    return sum(
        one.limit_fen + (0 if one.temporary_is_over(today) else one.temporary_fen)
        for one in others
        if one.status is not LineStatus.CLOSED
    )


def check_cap(total_fen: int, room: int, *, rules: LimitRules) -> None:
    if total_fen > room:
        cap, most = spoken_yuan(rules.cap_fen), spoken_yuan(max(0, room))
        raise Refused(f"每位客户的总额度最多 {cap} 元，这个额度最多可以到 {most} 元。", code="cap_exceeded")


def request_hash(*parts: object) -> str:
    """What was asked, as 64 hex digits."""
    text = json.dumps([str(one) for one in parts], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _with_end_written(conn: Connection, line: CreditLine, *, now: datetime, rules: LimitRules) -> CreditLine:
    """A temporary part that is over is written down before anything else is, though the close of day may be late."""
    if not line.state.temporary_is_over(business_date(now)):
        return line
    reason = rules.reasons["temporary_over"].reason
    ended = end_of_temporary(line.id, line.state, reason=reason, by=rules.by_rule("temporary_over"), at=now)
    key = END_KEY.format(line_id=line.id, version=ended.no)
    store.save_change(conn, apply(line.state, ended), ended, key=key, request="")
    return _with(line, ended)


def _with(line: CreditLine, event: LineEvent) -> CreditLine:
    return replace(line, state=apply(line.state, event))

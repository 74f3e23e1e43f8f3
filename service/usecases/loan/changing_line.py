"""What every change of a credit line has in common: once per key, by somebody named, for a reason of the policy, with
the line held, and what has run out written down first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class LineOrder:
    """Which line is changed, by whom, under which key and why: a code of the policy, which is what the borrower reads,
    and a note for colleagues. Only what carries out the decision on an application (`of_a_decision`) may give the
    reasons that the service gives of itself."""

    line_id: str
    reason_code: str
    by: str
    key: str
    now: datetime
    rules: LimitRules
    note: str = ""
    of_a_decision: bool = False


def change_line(
    conn: Connection, order: LineOrder, *, kind: EventKind, wish: tuple[object, ...], make: Make
) -> CreditLine:
    """The line after the event that `make` gives; the same key and `wish` again change nothing.

    Raises NotFound (line_unknown), KeyReused, Refused (person_missing, reason_unknown, line_closed), and what `make`
    raises.
    """
    line = held_line(conn, order.line_id)
    request = request_hash(order.line_id, kind.value, *wish, order.reason_code, order.by)
    known = store.event_by_key(conn, order.key)
    if known is not None:
        if known != (order.line_id, request):
            raise KeyReused("这个请求编号已用于另一次额度调整，请重新发起。")
        return line
    if not order.by.strip():
        raise Refused("请写明是谁做的调整。", code="person_missing")
    reason = order.rules.reason_for(kind, order.reason_code)
    if reason is None or not (order.of_a_decision or reason in order.rules.given_by_people(kind)):
        raise Refused("没有这种调整原因，请重新选择。", code="reason_unknown")
    if line.state.status is LineStatus.CLOSED:
        raise Refused(f"这个额度已经关闭，不能再调整。{line.state.status_reason}", code="line_closed")
    line = _with_end_written(conn, line, now=order.now, rules=order.rules)
    event = make(line, reason)
    state = apply(line.state, event)
    store.save_change(conn, state, event, key=order.key, request=request, note=order.note)
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
    line: CreditLine, kind: EventKind, order: LineOrder, *, reason: Reason, amount_fen: int = 0, lifts: str = ""
) -> LineEvent:
    """The next event of a line, on the business date of the order."""
    return LineEvent(
        line_id=line.id,
        no=line.state.version + 1,
        kind=kind,
        amount_fen=amount_fen,
        reason=reason,
        by=order.by,
        on=business_date(order.now),
        at=order.now,
        lifts=lifts,
    )


def others_fen(conn: Connection, line: CreditLine, *, now: datetime) -> int:
    """The limits of the borrower's other lines, temporary parts that have begun or will begin included."""
    today = business_date(now)
    others = [one.state for one in store.lines_of(conn, line.borrower_id) if one.id != line.id]
    return sum(
        one.limit_fen + (0 if one.temporary_is_over(today) else one.temporary_fen)
        for one in others
        if one.status is not LineStatus.CLOSED
    )


def check_cap(conn: Connection, line: CreditLine, order: LineOrder, *, total_fen: int) -> None:
    """Raises Refused (cap_exceeded) where the line would be higher than the cap per borrower leaves beside his other
    ones."""
    room_fen = order.rules.cap_fen - others_fen(conn, line, now=order.now)
    if total_fen > room_fen:
        cap, most = spoken_yuan(order.rules.cap_fen), spoken_yuan(max(0, room_fen))
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

"""Whoever works on a case calls from it: the numbers he may choose, the gate's answer, and what came of each call.

The gate decides and counts (`clear_call`); here only whoever holds the case may ask, and a wish sent twice is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.db import case as cases
from service.db import contact, kept_answer
from service.db import contact_request as requests
from service.db import loan as ledger
from service.db.case_calls import CallRow, last_calls
from service.domain.collect.contact import ContactPoint, Outcome, PointKind
from service.domain.collect.outreach import Purpose, Target
from service.domain.collect.policy import Policy
from service.domain.collect.queue import CollectionCase
from service.domain.collect.resuming import RequestState
from service.domain.desk.handover import Agent
from service.domain.desk.mask import mask_phone
from service.domain.errors import NotFound, Refused
from service.usecases.collect.clear_call import clear_call
from service.usecases.loan.answer_once import answer_once

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A number, masked, and what it may be asked for. `point_id` "": the debtor's number of the ledger."""

    point_id: str
    phone: str
    target: Target
    relation: str
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as an agent sees it. `waits`: it is his own and he has not told its result; only then is the number whole,
    and `dial_until` and `opening` are there where they were kept."""

    row: CallRow
    phone: str
    waits: bool
    to_others: bool
    opening: str = ""
    dial_until: datetime | None = None

    @property
    def allowed(self) -> bool:
        return self.row.outcome != Outcome.REFUSED.value


def ask_to_call(
    conn: Connection,
    *,
    case_id: str,
    contact_point_id: str,
    purpose: Purpose,
    key: str,
    agent: Agent,
    now: datetime,
    policy: Policy,
) -> str:
    """The call's id; the same `key` for the same wish is the same call and uses one unit of the quota.

    Raises NotFound (case_unknown), Refused (case_not_held, call_waits) and what `clear_call` raises.
    """
    found = _case(conn, case_id)
    # Held until the end: a second press waits here and then finds what the first one made.
    ledger.lock_borrower(conn, found.borrower_id)
    if _case(conn, case_id).holder(now) != agent.name:
        raise Refused("这个案件现在不由您处理，请先认领。", code="case_not_held")
    asked = {"case": case_id, "contact_point_id": contact_point_id, "purpose": purpose.value}
    wish = "|".join([_scope(agent), key, *asked.values()])
    call_id = "call-" + hashlib.sha256(wish.encode()).hexdigest()[:32]

    def answer() -> dict[str, Any]:
        if any(_waits(one, agent) for one in last_calls(conn, found.borrower_id, by=agent.name, limit=1)):
            told = "上一次通话还没有登记结果，请先登记；没有拨出的也请登记，次数会退回。"
            raise Refused(told, code="call_waits")
        made = clear_call(
            conn,
            attempt_id=call_id,
            borrower_id=found.borrower_id,
            purpose=purpose,
            by=agent.name,
            now=now,
            policy=policy,
            contact_point_id=contact_point_id or None,
        )
        until = made.dial_until.isoformat() if made.dial_until else ""
        return {"opening": made.opening, "dial_until": until}

    answer_once(conn, scope=_scope(agent), key=call_id, request=asked, act=answer, now=now)
    return call_id


def choices_of(conn: Connection, *, case_id: str) -> tuple[Choice, ...]:
    """The debtor's own numbers, newest first, then those of others: with two colleagues' yes that was not used yet, or
    who offered to pay. What is out of use is no choice. Raises NotFound (case_unknown)."""
    found = _case(conn, case_id)
    points = [one for one in contact.points_of(conn, found.borrower_id) if one.kind is PointKind.PHONE]
    own = [one for one in reversed(points) if one.target is Target.DEBTOR]
    himself = (Purpose.COLLECT, Purpose.SERVE)
    chosen = [_choice(one, himself) for one in own if one.suppressed_at is None]
    if not own:
        person = ledger.borrower_of(conn, found.borrower_id)
        chosen += [Choice("", mask_phone(person[1]), Target.DEBTOR, "", himself)] if person else []
    allowed = _allowed(conn, case_id)
    for one in points:
        if one.target is not Target.CONTACT or one.refused_at is not None or one.suppressed_at is not None:
            continue
        purposes = allowed.get(one.id, ()) + ((Purpose.PAY,) if one.willing_at is not None else ())
        chosen += [_choice(one, purposes)] if purposes else []
    return tuple(chosen)


def calls_of(conn: Connection, *, case_id: str, agent: Agent) -> tuple[Call, ...]:
    """The last wishes to call this debtor, or others about him, refusals and agencies' attempts included; first what
    `agent` has still to tell the result of. Raises NotFound (case_unknown)."""
    found = last_calls(conn, _case(conn, case_id).borrower_id, by=agent.name, limit=SHOWN)
    return tuple(_call(conn, one, agent) for one in found)


def _call(conn: Connection, row: CallRow, agent: Agent) -> Call:
    waits = _waits(row, agent)
    to_others = row.target == Target.CONTACT.value
    if not waits:
        return Call(row, mask_phone(row.address), False, to_others)
    kept = kept_answer.answer_of(conn, scope=_scope(agent), key=row.id)
    told = kept[1] if kept else {"opening": "", "dial_until": ""}
    until = datetime.fromisoformat(told["dial_until"]) if told["dial_until"] else None
    return Call(row, row.address, True, to_others, told["opening"], until)


def _waits(row: CallRow, agent: Agent) -> bool:
    return not row.by_agency and row.by_name == agent.name and row.outcome == Outcome.UNKNOWN.value


def _allowed(conn: Connection, case_id: str) -> dict[str, tuple[Purpose, ...]]:
    """By number: what two colleagues agreed to and what was not asked for since."""
    found: dict[str, tuple[Purpose, ...]] = {}
    for point_id, purpose in _agreed(conn, case_id):
        found[point_id] = tuple(dict.fromkeys((*found.get(point_id, ()), purpose)))
    return found


def _agreed(conn: Connection, case_id: str) -> Iterator[tuple[str, Purpose]]:
    for one in requests.of_case(conn, case_id):
        if one.state is not RequestState.APPROVED or one.decided_at is None:
            continue
        used = requests.last_asked(conn, one.contact_point_id, one.purpose)
        if used is None or used < one.decided_at:
            yield one.contact_point_id, one.purpose


def _choice(point: ContactPoint, purposes: tuple[Purpose, ...]) -> Choice:
    return Choice(point.id, mask_phone(point.address), point.target, point.relation, purposes)


def _case(conn: Connection, case_id: str) -> CollectionCase:
    found = cases.by_id(conn, case_id)
    if found is None:
        raise NotFound("没有找到这个案件，请返回队列重新选择。", code="case_unknown")
    return found


def _scope(agent: Agent) -> str:
    return f"case-call:{agent.id}"

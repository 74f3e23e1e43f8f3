"""What an agent does with a case: take the next one or a chosen one, skip it, give it back, say what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from service.db import case as cases
from service.db import chat, contact
from service.db import collect_outreach as log
from service.db import loan as ledger
from service.domain.collect.case import OURS
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import State, Violation
from service.domain.collect.policy import Policy
from service.domain.collect.promising import Wished
from service.domain.collect.queue import CollectionCase, claimed, disposed, returned, skipped
from service.domain.collect.queue_policy import Disposition, QueueNumber, Source
from service.domain.collect.resuming import named_person, stated_reason
from service.domain.days import business_date
from service.domain.desk.mask import mask_numbers
from service.domain.errors import NotFound, Refused
from service.domain.money import spoken_yuan
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.pause import pause
from service.usecases.loan.debt import debt_of

_FOUND = {Outcome.DELIVERED: "消息已送达", Outcome.NOT_DELIVERED: "消息没有送达"}


@dataclass(frozen=True, slots=True)
class Told:
    """What an agent says became of a case. `amount_fen` and `promised_on` where a promise was made; `next_on` where it
    is not to come back on the usual day; `contact_point_id`: the number that turned out not to be his."""

    code: str
    note: str
    next_on: date | None = None
    amount_fen: int | None = None
    promised_on: date | None = None
    contact_point_id: str | None = None


def claim_next(conn: Connection, *, by: str, now: datetime, policy: Policy) -> CollectionCase | None:
    """The most urgent case that is ready, for this agent; the one he holds where he has one; None where there is none.
    Raises Refused (person_required)."""
    name = named_person(by)
    mine = cases.held_by(conn, name, now=now)
    if mine is not None:
        return mine
    found = cases.next_for(conn, name, now=now, skipped_since=now - policy.queue.skip)
    if found is None:
        return None
    step = claimed(found, by=name, now=now, lease=policy.queue.lease)
    cases.keep(conn, step)
    return step[0]


def claim(conn: Connection, *, case_id: str, by: str, now: datetime, policy: Policy) -> CollectionCase:
    """Raises NotFound, Refused (person_required, case_closed, case_held_by_other)."""
    step = claimed(_locked(conn, case_id), by=named_person(by), now=now, lease=policy.queue.lease)
    cases.keep(conn, step)
    return step[0]


def skip(conn: Connection, *, case_id: str, by: str, reason: str, now: datetime) -> CollectionCase:
    """For a colleague; not offered to this agent again for a while. Raises NotFound, Refused (case_closed,
    case_not_held, reason_required)."""
    step = skipped(_locked(conn, case_id), by=by, reason=mask_numbers(reason), now=now)
    cases.keep(conn, step)
    return step[0]


def give_back(conn: Connection, *, case_id: str, by: str, reason: str, now: datetime) -> CollectionCase:
    """Raises NotFound, Refused (case_closed, case_not_held, reason_required)."""
    step = returned(_locked(conn, case_id), by=by, reason=mask_numbers(reason), now=now)
    cases.keep(conn, step)
    return step[0]


def dispose(conn: Connection, *, case_id: str, by: str, told: Told, now: datetime, policy: Policy) -> CollectionCase:
    """Keep what became of the case, with the stop or the promise that it brings, in one transaction.

    Raises NotFound, Refused (case_closed, case_not_held, disposition_unknown, reason_required, promise_incomplete,
    still_overdue, next_action_not_possible) and what `pause` and `make_promise` refuse.
    """
    found, today = _locked(conn, case_id), business_date(now)
    as_ = policy.queue.disposition(told.code, today)
    if as_ is None:
        raise Refused("请选择处理结果。", code="disposition_unknown")
    note = mask_numbers(stated_reason(told.note))
    if as_.not_overdue:
        _nothing_is_overdue(conn, found.borrower_id, today)
    level = next(one for one in policy.queue.levels if one.origin.id == found.level)
    promised_on = _promised_on(as_, told)
    step = disposed(
        found,
        by=by,
        as_=as_,
        note=note,
        now=now,
        opens_hour=policy.queue.number(QueueNumber.OPENS_HOUR),
        sla=level.sla,
        next_on=told.next_on or (promised_on + timedelta(days=1) if promised_on else None),
        latest_on=promised_on + timedelta(days=1) if promised_on else None,
    )
    cases.keep(conn, step)
    key = f"{case_id}:{hashlib.sha256(f'{by}|{now.isoformat()}'.encode()).hexdigest()[:32]}"
    if as_.stop is not None:
        point_id = told.contact_point_id or None
        made = pause(
            conn,
            borrower_id=found.borrower_id,
            reason=as_.stop,
            note=note,
            by=by,
            now=now,
            key=key,
            contact_point_id=point_id,
        )
        cases.add_source(conn, source=Source.STOP, ref=made.id, case_id=case_id, now=now)  # it brings no other case
    if as_.outcome is not None:
        _settle_unknown(conn, case_id, as_.outcome, by=by, now=now)
    if promised_on is not None and told.amount_fen is not None:
        make_promise(
            conn,
            borrower_id=found.borrower_id,
            conversation_id=chat.newest_of(conn, found.borrower_id) or case_id,
            parts=[Wished(due_on=promised_on, amount_fen=told.amount_fen)],
            text=note,
            key=key,
            now=now,
            today=today,
            policy=policy,
        )
    return step[0]


def _nothing_is_overdue(conn: Connection, borrower_id: str, today: date) -> None:
    overdue_fen = debt_of(conn, borrower_id=borrower_id, today=today).overdue_fen
    if overdue_fen > 0:
        raise Refused(
            f"账上还有逾期 {spoken_yuan(overdue_fen)} 元，不能按已还清结案。款项可能在途的，请选“客户称已还款”。",
            code="still_overdue",
        )


def _settle_unknown(conn: Connection, case_id: str, outcome: Outcome, *, by: str, now: datetime) -> None:
    """A person found out what became of the messages that brought the case; a callback that came first stands."""
    state = State.SENT if outcome is Outcome.DELIVERED else State.FAILED
    why = Violation("settled_by_person", f"{by} 核实：{_FOUND[outcome]}", OURS)
    for ref in cases.refs_of(conn, case_id, Source.UNKNOWN):
        if log.move(conn, ref, was=(State.UNKNOWN,), to=state, reasons=[why.as_dict()], decided_at=now):
            contact.settle(conn, ref, to=outcome, now=now)


def _promised_on(as_: Disposition, told: Told) -> date | None:
    if not as_.promise:
        return None
    if told.amount_fen is None or told.promised_on is None:
        raise Refused("请填写约定的金额和还款日期。", code="promise_incomplete")
    return told.promised_on


def _locked(conn: Connection, case_id: str) -> CollectionCase:
    """The case, its debtor held first, as every other act does it."""
    found = cases.by_id(conn, case_id)
    if found is None:
        raise NotFound("没有找到这个案件，请返回队列重新选择。", code="case_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    again = cases.by_id(conn, case_id, lock=True)
    assert again is not None, "cases are never deleted"
    return again

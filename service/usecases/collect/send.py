"""What is planned is looked at by the gate at the instant of sending, and sent once or not at all.

A row is claimed and decided in one transaction that holds the borrower, so that a payment, a promise, a pause or
another worker comes either before or after it; the attempt that the caps count is kept in that same transaction, and
gives its quota back only where it certainly did not arrive. Then the sender is called, then the outcome is written. A
crash in between leaves the row claimed: nobody can know whether the message went out, so it becomes `unknown`, for a
person. Nothing sends it again: a second collection message is an offence, a late one is not.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.db import collect_outreach as log
from service.db import contact
from service.db.engine import Database
from service.domain.collect.case import OURS
from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.contact import Attempt, Outcome
from service.domain.collect.outreach import NotDelivered, Outreach, State, Violation
from service.domain.collect.policy import Policy
from service.domain.errors import Unavailable
from service.usecases.collect.drafting import draft_of
from service.usecases.ports import Clock

logger = logging.getLogger("xiaoqing.collect")

LOST_AFTER = timedelta(minutes=10)  # far longer than a sender may take
PUT_BACK = timedelta(hours=1)
AT_A_TIME = 20


class OutreachSender(Protocol):
    def send(self, cleared: Cleared) -> int | None:
        """Deliver it and return the turn's id where there is one. Raises NotDelivered where the borrower certainly
        did not get it; any other error leaves the outcome unknown."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows that were looked at; `put_back` are tried again later."""

    sent: int = 0
    blocked: int = 0
    cancelled: int = 0
    failed: int = 0
    unknown: int = 0
    put_back: int = 0

    def plus(self, state: State) -> Counts:
        name = "put_back" if state is State.PLANNED else state.value
        return replace(self, **{name: getattr(self, name) + 1})


def send_due(
    database: Database, *, clock: Clock, policy: Policy, senders: Mapping[str, OutreachSender], limit: int
) -> Counts:
    """Send what is planned and may be sent now, at most `limit` rows; safe to run in several workers at once."""
    with database.transaction() as conn:
        mark_unknown(conn, now=clock.now(), older_than=LOST_AFTER)
    counts = Counts()
    for row in _waiting(database, clock=clock, limit=limit):
        state = _handle(database, row, clock=clock, policy=policy, senders=senders)
        counts = counts.plus(state) if state is not None else counts
    return counts


def _waiting(database: Database, *, clock: Clock, limit: int) -> Iterator[Outreach]:
    """A few at a time, those that have waited longest; in any order, so that several workers do not all wait for the
    same row."""
    for looked_at in range(0, limit, AT_A_TIME):
        with database.reading() as conn:
            found = log.next_planned(conn, now=clock.now(), limit=min(AT_A_TIME, limit - looked_at))
        if not found:
            return
        random.shuffle(found)
        yield from found


def mark_unknown(conn: Connection, *, now: datetime, older_than: timedelta = timedelta(0)) -> int:
    """Rows claimed at least so long ago and never reported on become `unknown`; returns how many."""
    why = Violation("outcome_unknown", "发送途中中断，不知道是否已送达，请人工核实，不会自动重发", OURS)
    return log.abandon_claims(conn, claimed_until=now - older_than, reasons=[why.as_dict()], now=now)


def _handle(
    database: Database, row: Outreach, *, clock: Clock, policy: Policy, senders: Mapping[str, OutreachSender]
) -> State | None:
    """The row's new state; None where another worker had it."""
    try:
        decided = _claim(database, row, clock=clock, policy=policy)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("outreach %s could not be decided", row.id)
        return _put_back(database, row, error, was=State.PLANNED, now=clock.now(), wait=PUT_BACK)
    if not isinstance(decided, Cleared):
        return decided
    channel = policy.rules.channel(row.channel)
    told_later = channel is not None and channel.reports
    return _send(database, row, decided, clock=clock, sender=senders.get(row.channel), told_later=told_later)


def _claim(database: Database, row: Outreach, *, clock: Clock, policy: Policy) -> Cleared | State | None:
    with database.transaction() as conn:
        if not log.lock_planned(conn, row.id):
            return None
        now = clock.now()  # after the wait for the lock: the instant that the gate judges
        asked = draft_of(conn, row, now=now, policy=policy)
        draft = asked.draft
        decided = clear(draft, contact=asked.contact, history=asked.history, now=now, policy=policy)
        kept: dict[str, Any] = {
            "decided_at": now,
            "text": draft.text,
            "template_version": draft.template_version,
            "policy_version": policy.version,
        }
        if isinstance(decided, Cleared):
            if not log.move(conn, row.id, was=(State.PLANNED,), to=State.CLAIMED, claimed_at=now, **kept):
                return None
            _reserve(conn, row, decided, point_id=asked.point.id if asked.point else None)
            return decided
        state = State.CANCELLED if any(one.code == "paid_meanwhile" for one in decided) else State.BLOCKED
        reasons = [one.as_dict() for one in decided]
        return state if log.move(conn, row.id, was=(State.PLANNED,), to=state, reasons=reasons, **kept) else None


def _reserve(conn: Connection, row: Outreach, cleared: Cleared, *, point_id: str | None) -> None:
    """Under the first number that is free: what was tried before certainly did not arrive, or the database refuses."""
    for number in count(1):
        if contact.reserve(conn, _attempt(row, cleared, number=number, point_id=point_id)):
            return


def _attempt(row: Outreach, cleared: Cleared, *, number: int, point_id: str | None) -> Attempt:
    return Attempt(
        id=f"{row.id}:{number}",
        borrower_id=row.borrower_id,
        channel=row.channel,
        medium=cleared.medium,
        by_kind=cleared.draft.by,
        by_name="system",
        at=cleared.at,
        kind=row.kind,
        purpose=cleared.draft.purpose,
        contact_point_id=point_id,
        outreach_id=row.id,
        policy_version=cleared.policy_version,
    )


def _send(
    database: Database,
    row: Outreach,
    cleared: Cleared,
    *,
    clock: Clock,
    sender: OutreachSender | None,
    told_later: bool,
) -> State:
    try:
        if sender is None:
            raise NotDelivered(f"渠道 {row.channel} 没有接通", permanent=True)
        turn_id = sender.send(cleared)
    except NotDelivered as failure:
        if failure.permanent:
            return _record(database, row, State.FAILED, now=clock.now(), why=failure)
        return _put_back(database, row, failure, was=State.CLAIMED, now=clock.now(), wait=PUT_BACK)
    except Exception as error:
        # that a gateway does not say is everyday; only what nobody foresaw needs its trace
        logger.error("outreach %s: outcome unknown: %s", row.id, error, exc_info=not isinstance(error, Unavailable))
        return _record(database, row, State.UNKNOWN, now=clock.now(), why=error)
    return _record(database, row, State.SENT, now=clock.now(), turn_id=turn_id, told_later=told_later)


def _record(
    database: Database,
    row: Outreach,
    state: State,
    *,
    now: datetime,
    why: Exception | None = None,
    turn_id: int | None = None,
    told_later: bool = False,
) -> State:
    """Also where the claim was given up as unknown meanwhile: whoever sent it knows better."""
    sent_at = now if state is State.SENT else None
    reasons = [_reason(state.value, why)] if why is not None else []
    with database.transaction() as conn:
        was = (State.CLAIMED, State.UNKNOWN)
        log.move(conn, row.id, was=was, to=state, reasons=reasons, sent_at=sent_at, turn_id=turn_id)
        if state is State.FAILED:
            contact.settle(conn, row.id, to=Outcome.NOT_DELIVERED, now=now)
        elif state is State.SENT and not told_later:
            contact.settle(conn, row.id, to=Outcome.DELIVERED, now=now)
    return state


def _put_back(
    database: Database, row: Outreach, error: Exception, *, was: State, now: datetime, wait: timedelta
) -> State:
    """Later in the queue, so that one bad row does not hold up the others; the gate looks again."""
    with database.transaction() as conn:
        reasons = [_reason("put_back", error)]
        later = now + wait
        if log.move(conn, row.id, was=(was,), to=State.PLANNED, reasons=reasons, not_before=later, claimed_at=None):
            contact.settle(conn, row.id, to=Outcome.NOT_DELIVERED, now=now)
    return State.PLANNED


def _reason(code: str, error: Exception) -> dict[str, str]:
    """For the agents' log; what a program error says is for the service's own log and may name a borrower."""
    told = error.detail if isinstance(error, NotDelivered) else ""
    return Violation(code, (told or f"处理时出错（{type(error).__name__}），详情见服务日志")[:300], "").as_dict()

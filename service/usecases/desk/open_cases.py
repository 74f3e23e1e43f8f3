"""Brings cases into the people's queue: by steps of the strategy, unknown outcomes, stops, broken promises and
handovers; and takes out those whose debt was paid meanwhile."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, time

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.db import case as cases
from service.db import case_sources, collect
from service.db import loan as ledger
from service.db.case_sources import Found
from service.db.collect_facts import LOOK_BACK, facts_of
from service.db.engine import Database
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.policy import Policy
from service.domain.collect.queue import CollectionCase, joined, opened, settled, weighed
from service.domain.collect.queue_policy import Priority, QueueNumber, Source, Weighed
from service.domain.collect.tier import standing
from service.domain.days import SHANGHAI, business_date
from service.usecases.loan.debt import debt_of
from service.usecases.ports import Clock

logger = logging.getLogger("xiaoqing.queue")

AT_ONCE = 200
# What only asks for money: with nothing overdue there is nothing to do. The rest is for a person whatever is owed.
ASKS_FOR_MONEY = frozenset({Source.PERSON, Source.LEGAL_REVIEW, Source.PROMISES})
_SAYS = {
    Source.PERSON: "策略转人工",
    Source.LEGAL_REVIEW: "策略转法务评估",
    Source.UNKNOWN: "消息结果未知",
    Source.STOP: "暂停触达",
    Source.PROMISES: "多次失约",
    Source.HANDOVER: "客户转人工",
}


def open_cases(database: Database, *, clock: Clock, policy: Policy) -> int:
    """Whatever has not brought a case yet brings one, or joins the debtor's; returns how many reasons came. Safe to run
    anywhere and as often as one likes. A handover of somebody who owes nothing overdue stays with the conversations."""
    now = clock.now()
    stops = [one.reason.value for one in policy.rules.stops if one.person]
    broken = policy.queue.number(QueueNumber.BROKEN_PROMISES)
    since = datetime.combine(business_date(now) - LOOK_BACK, time.min, SHANGHAI)
    with database.reading() as conn:
        found = list(case_sources.not_brought_yet(conn, stops=stops, broken=broken, since=since, limit=AT_ONCE))
    came = 0
    for one in found:
        try:
            with database.transaction() as conn:
                came += _bring(conn, one, now=clock.now(), policy=policy)
        except OperationalError:
            raise
        except Exception:  # one debtor's data must not keep the others out
            logger.exception("%s %s could not be brought into the queue", one.source, one.ref)
    return came


def weigh_cases(database: Database, *, clock: Clock, policy: Policy) -> int:
    """Every open case anew: one whose debt was paid is closed, another may rise or fall. Returns how many changed."""
    with database.reading() as conn:
        waiting = cases.live_ids(conn)
    changed = 0
    for case_id, borrower_id in waiting:
        with database.transaction() as conn:
            ledger.lock_borrower(conn, borrower_id)
            found = cases.by_id(conn, case_id, lock=True)
            if found is None or found.closed_at is not None or found.holder(clock.now()) is not None:
                continue
            changed += _weigh(conn, found, now=clock.now(), policy=policy)
    return changed


def weigh(
    conn: Connection, borrower_id: str, *, sources: frozenset[Source], now: datetime, policy: Policy
) -> tuple[Priority, DebtorFacts]:
    """How urgent a debtor's case is, and the facts it was computed from. Raises NotFound."""
    today = business_date(now)
    at = standing(debt_of(conn, borrower_id=borrower_id, today=today), today)
    facts = facts_of(conn, {borrower_id: at}, today=today)[borrower_id] if at is not None else DebtorFacts()
    stops = frozenset(one.reason for one in collect.open_pauses(conn, borrower_id))
    profile = policy.strategy.profile_of(facts, today).origin.id
    return policy.queue.priority(Weighed(facts, sources, stops, profile), today), facts


def _bring(conn: Connection, one: Found, *, now: datetime, policy: Policy) -> int:
    ledger.lock_borrower(conn, one.borrower_id)
    if cases.looked_at_before(conn, source=one.source, ref=one.ref):
        return 0
    live = cases.live_of(conn, one.borrower_id, lock=True)
    sources = frozenset({one.source}) | (cases.sources_of(conn, live.id) if live else frozenset())
    priority, facts = weigh(conn, one.borrower_id, sources=sources, now=now, policy=policy)
    if live is None and one.source in ASKS_FOR_MONEY | {Source.HANDOVER} and facts.overdue_fen == 0:
        cases.add_source(conn, source=one.source, ref=one.ref, case_id=None, now=now)
        return 0
    note = f"{_SAYS[one.source]}（{one.what}）" if one.what else _SAYS[one.source]
    if live is not None:
        cases.keep(conn, joined(live, source=one.source, note=note, priority=priority, now=now))
        case_id = live.id
    else:
        digest = hashlib.sha256(f"{one.source}|{one.ref}".encode()).hexdigest()[:32]
        case_id = f"case-{digest}"
        made = opened(
            case_id=case_id, borrower_id=one.borrower_id, source=one.source, note=note, priority=priority, now=now
        )
        cases.add(conn, made)
    cases.add_source(conn, source=one.source, ref=one.ref, case_id=case_id, now=now)
    return 1


def _weigh(conn: Connection, found: CollectionCase, *, now: datetime, policy: Policy) -> int:
    sources = cases.sources_of(conn, found.id)
    priority, facts = weigh(conn, found.borrower_id, sources=sources, now=now, policy=policy)
    if sources <= ASKS_FOR_MONEY and facts.overdue_fen == 0:
        cases.keep(conn, settled(found, note="已没有逾期金额", now=now))
        return 1
    step = weighed(found, priority=priority, now=now)
    if step is None:
        return 0
    cases.keep(conn, step)
    return 1

"""At the close of day: plans that the ledger found kept or broken, and rests whose time is up, are over."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.db import hardship as proposals
from service.db import loan as ledger
from service.db import loan_event as log
from service.db.engine import Database
from service.domain.loan.book import LoanState
from service.domain.loan.event import PlanAgreed, PlanEnded
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.loan.hardship_proposal import HardshipState, Proposal, next_look, plan_outcome
from service.usecases.collect.carry_out_hardship import rest
from service.usecases.collect.end_hardship_pause import SYSTEM, end_hardship_pause
from service.usecases.collect.hardship_book import Tell, held_proposal
from service.usecases.loan.age_loan import age_loan
from service.usecases.ports import Clock

REVISED_WITHIN = timedelta(days=60)
WHY = {
    HardshipState.KEPT: "还款方案已按约完成",
    HardshipState.BROKEN: "还款方案没有按约还款，恢复原合同的还款日",
    HardshipState.ENDED: "还款方案已由人工提前结束",
}
AGAIN = "还款记录有更正，原来的还款方案继续执行"
OVER = "约定的时间已到"
SETTLED = "借款已结清"
SETTLED_BY = (HardshipState.ACTIVE, HardshipState.KEPT, HardshipState.BROKEN)
_log = logging.getLogger("xiaoqing.hardship")


@dataclass(frozen=True, slots=True)
class HardshipSettled:
    """How many proposals entered which state, and the ids of those that could not be settled, for a person."""

    by_state: dict[str, int]
    failures: tuple[str, ...]


def settle_hardship(database: Database, *, day: date, clock: Clock, tell: Tell) -> HardshipSettled:
    """One transaction a proposal; one that fails is set aside and reported, the rest go on. Run again, it changes
    nothing. Database trouble is raised."""
    with database.reading() as conn:
        waiting = proposals.to_settle(conn, day=day, since=day - REVISED_WITHIN)
    counts: Counter[str] = Counter()
    failures: list[str] = []
    for _, proposal_id in waiting:
        try:
            with database.transaction() as conn:
                entered = settle_one(conn, proposal_id=proposal_id, day=day, now=clock.now(), tell=tell)
        except OperationalError:
            raise
        except Exception:
            _log.exception("hardship proposal %s cannot be settled", proposal_id)
            failures.append(proposal_id)
        else:
            if entered is not None:
                counts[entered.value] += 1
    return HardshipSettled(dict(counts), tuple(failures))


def settle_one(conn: Connection, *, proposal_id: str, day: date, now: datetime, tell: Tell) -> HardshipState | None:
    """The state that the proposal has entered by `day`; None where it stays as it is."""
    found = held_proposal(conn, proposal_id)
    if found.state not in SETTLED_BY:
        return None
    age_loan(conn, loan_id=found.loan_id, today=day, now=now)
    loan = ledger.load_loan(conn, found.loan_id)
    assert loan is not None, "loans are never deleted"
    if found.kind is not HardshipKind.PLAN:
        return _settle_rest(conn, found, loan, day=day, now=now, tell=tell)
    state = plan_outcome(found, loan, ended_by_person=_ended_by_person(conn, found))
    if state is found.state:
        if state is HardshipState.ACTIVE:
            proposals.save(conn, replace(found, next_look_on=next_look(found, day)))
        return None
    if state is HardshipState.ACTIVE:
        return _runs_again(conn, found, day=day, now=now, tell=tell)
    return _end(conn, found, state, why=WHY[state], day=day, now=now, tell=tell)


def _settle_rest(
    conn: Connection, found: Proposal, loan: LoanState, *, day: date, now: datetime, tell: Tell
) -> HardshipState | None:
    settled = loan.status != "active"
    if not settled and (found.next_look_on is None or day < found.next_look_on):
        return None
    why = SETTLED if settled else OVER
    return _end(conn, found, HardshipState.ENDED, why=why, day=day, now=now, tell=tell)


def _end(
    conn: Connection, found: Proposal, state: HardshipState, *, why: str, day: date, now: datetime, tell: Tell
) -> HardshipState:
    ended = replace(found, state=state, outcome=why, ended_on=day, next_look_on=None)
    proposals.save(conn, ended)
    end_hardship_pause(conn, ended, reason=why, now=now)
    tell(conn, ended, now)
    return state


def _runs_again(conn: Connection, found: Proposal, *, day: date, now: datetime, tell: Tell) -> HardshipState:
    """A payment was taken back or dated back, and by what is known now the plan is not over."""
    pause_id = rest(conn, found, by=SYSTEM, now=now, again=f":again:{day}")
    active = replace(
        found,
        state=HardshipState.ACTIVE,
        outcome=AGAIN,
        ended_on=None,
        pause_id=pause_id,
        next_look_on=next_look(found, day),
    )
    proposals.save(conn, active)
    tell(conn, active, now)
    return HardshipState.ACTIVE


def _ended_by_person(conn: Connection, found: Proposal) -> bool:
    """Whether it was this plan that a person ended: the loan may have had others, before it and after."""
    running = ""
    for event in log.history(conn, found.borrower_id):
        if isinstance(event.body, PlanAgreed) and event.body.loan_id == found.loan_id:
            running = event.body.plan_id
        if isinstance(event.body, PlanEnded) and event.body.loan_id == found.loan_id and running == found.id:
            return True
    return False

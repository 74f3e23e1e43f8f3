"""Who is to be contacted today, by which step: rows are planned, nothing is decided or sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_outreach as log
from service.db.engine import Database
from service.domain.collect.compliance import first_lawful
from service.domain.collect.outreach import FIRED, Contact, Outreach, State
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import step_name
from service.domain.collect.tier import By, Standing, Step, Tier, standing
from service.domain.days import business_date
from service.usecases.loan.debt import Debt, debts
from service.usecases.ports import Clock

CHUNK = 500
Episode = tuple[str, date, str]


def plan(database: Database, *, clock: Clock, policy: Policy) -> int:
    """Plan today's outreach: at most one row a borrower and business day. Returns how many rows are new; a second
    run on a day finds nothing new.

    A step that was sent, or may have been, is not planned again for that due date; one that was held back is
    planned again on a later day, while it is the latest that is due. One held back by a pause or a promise waits
    until that is over, so that the log shows it once and not every day.
    """
    today = business_date(clock.now())
    added = 0
    with database.reading() as reading:
        ahead = policy.strategy.days_ahead
        for chunk in _chunks(debts(reading, today=today, dpd_at_least=1, due_within_days=ahead)):
            with database.transaction() as conn:
                added += _plan_chunk(conn, chunk, today, clock.now(), policy)
    return added


def _plan_chunk(conn: Connection, chunk: Sequence[Debt], today: date, now: datetime, policy: Policy) -> int:
    wanted: dict[str, tuple[Standing, Tier, Step]] = {}
    for debt in chunk:
        at = standing(debt, today)
        due = policy.strategy.due(at.day, today) if at else None
        if at is not None and due is not None:
            wanted[debt.borrower_id] = (at, *due)
    if not wanted:
        return 0
    done = _done(conn, list(wanted), since=min(at.episode_on for at, _, _ in wanted.values()))
    rows = [
        _row(borrower_id, at, tier, step, today, now, policy)
        for borrower_id, (at, tier, step) in wanted.items()
        if (borrower_id, at.episode_on, step_name(tier, step)) not in done
    ]
    return log.add_planned(conn, rows)


def _done(conn: Connection, borrower_ids: list[str], *, since: date) -> set[Episode]:
    """Steps not to be planned: those that fired, and those held back for a reason that still stands."""
    held = collect.borrowers_paused(conn, borrower_ids) | collect.borrowers_with_pending(conn, borrower_ids)
    done = set()
    for borrower_id, episode_on, step, state in log.episodes_of(conn, borrower_ids, since=since):
        if state in FIRED or (borrower_id in held and state in {State.BLOCKED, State.CANCELLED}):
            done.add((borrower_id, episode_on, step))
    return done


def _row(
    borrower_id: str, at: Standing, tier: Tier, step: Step, today: date, now: datetime, policy: Policy
) -> Outreach:
    slot = today.isoformat()
    by_person = tier.by is By.PERSON
    template = None if by_person else policy.templates.rows[step.template]
    contact = Contact(borrower_id)
    return Outreach(
        id="outreach-" + hashlib.sha256(f"{borrower_id}|{slot}".encode()).hexdigest()[:32],
        borrower_id=borrower_id,
        slot=slot,
        business_date=today,
        episode_on=at.episode_on,
        kind=tier.kind,
        tier=tier.origin.id,
        step=step_name(tier, step),
        channel=step.channel,
        template=step.template,
        template_version=template.edition if template else "",
        policy_version=policy.version,
        state=State.FOR_PERSON if by_person else State.PLANNED,
        reasons=({"code": "for_person", "detail": tier.label, "source": str(tier.origin)},) if by_person else (),
        text="",
        planned_at=now,
        not_before=now if by_person else first_lawful(now, channel=step.channel, contact=contact, policy=policy),
        decided_at=now if by_person else None,
    )


def _chunks(found: Iterable[Debt]) -> Iterator[list[Debt]]:
    iterator = iter(found)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk

"""Who is to be contacted today, by which step: rows are planned, nothing is decided or sent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_outreach as log
from service.db.collect_facts import facts_of
from service.db.engine import Database
from service.domain.collect.compliance import first_lawful
from service.domain.collect.facts import DebtorFacts, basis_of
from service.domain.collect.outreach import FIRED, Contact, Outreach, State
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import Choice
from service.domain.collect.tier import Standing, standing
from service.domain.collect.treatment import Escalation
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.choose_arm import choose_arms
from service.usecases.loan.debt import Debt, debts
from service.usecases.ports import Clock

CHUNK = 500
PERSON = "person"
Episode = tuple[str, date, str]
TAKEN_OVER = {Escalation.PERSON: "for_person", Escalation.LEGAL_REVIEW: "legal_review"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is due for one debtor."""

    at: Standing
    facts: DebtorFacts
    choice: Choice
    arm: str


def plan(database: Database, *, clock: Clock, policy: Policy, channels: Collection[str]) -> int:
    """Plan today's outreach over the `channels` that are connected: at most one row a borrower and business day.
    Returns how many rows are new; a second run on a day finds nothing new.

    A step that was sent, or may have been, is not planned again for that due date; one that was held back is
    planned again on a later day, while it is the latest that is due. One held back by a pause or a promise waits
    until that is over, so that the log shows it once and not every day.
    """
    now = clock.now()
    added = 0
    with database.reading() as reading:
        ahead = policy.strategy.days_ahead
        for chunk in _chunks(debts(reading, today=business_date(now), dpd_at_least=1, due_within_days=ahead)):
            with database.transaction() as conn:
                added += _plan_chunk(conn, chunk, now=now, policy=policy, channels=channels)
    return added


def _plan_chunk(
    conn: Connection, chunk: Sequence[Debt], *, now: datetime, policy: Policy, channels: Collection[str]
) -> int:
    wanted = dict(_due(conn, chunk, today=business_date(now), policy=policy))
    if not wanted:
        return 0
    done = _done(conn, list(wanted), since=min(wish.at.episode_on for wish in wanted.values()))
    rows = (
        _row(borrower_id, wish, now=now, policy=policy, channels=channels)
        for borrower_id, wish in wanted.items()
        if (borrower_id, wish.at.episode_on, wish.choice.name) not in done
    )
    return log.add_planned(conn, [row for row in rows if row is not None])


def _due(conn: Connection, chunk: Sequence[Debt], *, today: date, policy: Policy) -> Iterator[tuple[str, Wish]]:
    standings = {debt.borrower_id: at for debt in chunk if (at := standing(debt, today)) is not None}
    drawn = choose_arms(conn, standings, today=today, policy=policy)
    for borrower_id, facts in facts_of(conn, standings, today=today).items():
        at, by = standings[borrower_id], drawn[borrower_id]
        choice = by.strategy.due(at.day, today, facts=facts) if by.strategy else None
        if choice is not None and (choice.step.to is not None or choice.step.may_fire(facts, today)):
            yield borrower_id, Wish(at, facts, choice, by.arm)


def _done(conn: Connection, borrower_ids: list[str], *, since: date) -> set[Episode]:
    """Steps not to be planned: those that fired, and those held back for a reason that still stands."""
    held = collect.borrowers_paused(conn, borrower_ids) | collect.borrowers_with_pending(conn, borrower_ids)
    done = set()
    for borrower_id, episode_on, step, state in log.episodes_of(conn, borrower_ids, since=since):
        if state in FIRED or (borrower_id in held and state in {State.BLOCKED, State.CANCELLED}):
            done.add((borrower_id, episode_on, step))
    return done


def _row(borrower_id: str, wish: Wish, *, now: datetime, policy: Policy, channels: Collection[str]) -> Outreach | None:
    """None where none of the step's channels is connected."""
    choice, today = wish.choice, business_date(now)
    channel = PERSON if choice.step.to else next((one for one in choice.step.say if one in channels), None)
    if channel is None:
        return None
    slot = today.isoformat()
    return Outreach(
        id="outreach-" + hashlib.sha256(f"{borrower_id}|{slot}".encode()).hexdigest()[:32],
        borrower_id=borrower_id,
        slot=slot,
        business_date=today,
        episode_on=wish.at.episode_on,
        kind=choice.tier.kind,
        tier=choice.tier.origin.id,
        step=choice.name,
        channel=channel,
        policy_version=policy.version,
        text="",
        planned_at=now,
        treatment=choice.treatment.origin.id,
        basis=basis_of(
            wish.facts,
            profile=choice.profile.origin.id,
            risk=choice.risk.origin.id,
            offer=list(choice.step.offer) or None,
            arm=wish.arm or None,
        ),
        **(_for_people(choice, now) if choice.step.to else _message(borrower_id, choice, channel, now, policy)),
    )


def _for_people(choice: Choice, now: datetime) -> Mapping[str, Any]:
    assert choice.step.to is not None
    reason = {
        "code": TAKEN_OVER[choice.step.to],
        "detail": f"{choice.tier.label} · {choice.profile.label}",
        "source": str(choice.treatment.origin),
    }
    return {
        "template": "",
        "template_version": "",
        "state": State.FOR_PERSON,
        "reasons": (reason,),
        "not_before": now,
        "decided_at": now,
    }


def _message(borrower_id: str, choice: Choice, channel: str, now: datetime, policy: Policy) -> Mapping[str, Any]:
    template = choice.step.say[channel][0]
    at = choice.step.hours[0] if choice.step.hours else time.min
    wished = max(now, datetime.combine(business_date(now), at, SHANGHAI))
    return {
        "template": template,
        "template_version": policy.templates.rows[template].edition,
        "state": State.PLANNED,
        "reasons": (),
        "not_before": first_lawful(wished, channel=channel, contact=Contact(borrower_id), policy=policy),
    }


def _chunks(found: Iterable[Debt]) -> Iterator[list[Debt]]:
    iterator = iter(found)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk

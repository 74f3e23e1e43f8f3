"""Who is to be contacted today, by which step: rows are planned, nothing is decided or sent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from service.db import collect, contact, promise
from service.db import collect_outreach as log
from service.db.collect_facts import facts_of
from service.db.engine import Database
from service.db.learned import counts_by_context
from service.domain.collect.bandit import Pick, Tried, context_of, options_of, pick
from service.domain.collect.compliance import first_lawful
from service.domain.collect.contact import ContactTerms
from service.domain.collect.facts import DebtorFacts, basis_of
from service.domain.collect.outreach import FIRED, Outreach, State
from service.domain.collect.policy import Policy
from service.domain.collect.strategy import Choice
from service.domain.collect.tier import Standing, standing
from service.domain.collect.treatment import Escalation
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.choose_arm import choose_arms
from service.usecases.collect.known import in_his_hours
from service.usecases.collect.ladder import TRIED, WHY, Ladder, ladder_of
from service.usecases.loan.debt import Debt, debts
from service.usecases.ports import Clock, Scorer

CHUNK = 500
PERSON = "person"
UNREACHABLE = "no_way_to_reach"
Episode = tuple[str, date, str]
TAKEN_OVER = {Escalation.PERSON: "for_person", Escalation.LEGAL_REVIEW: "legal_review"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is due for one debtor."""

    at: Standing
    facts: DebtorFacts
    choice: Choice
    arm: str
    score: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class By:
    """What planning goes by. `tried`: what was learned of options, by context. `terms`: hours agreed, by borrower."""

    now: datetime
    policy: Policy
    channels: Sequence[str]
    scorer: Scorer | None
    tried: Mapping[str, Mapping[str, Tried]]
    terms: Mapping[str, ContactTerms] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return business_date(self.now)


def plan(
    database: Database, *, clock: Clock, policy: Policy, channels: Collection[str], scorer: Scorer | None = None
) -> int:
    """Plan today's outreach over the `channels` that are connected: one row a borrower and business day, and the next
    channel of the step where a row certainly did not arrive and only its channel is to blame. Returns how many rows
    are new; run again on a day it finds only the latter. Without a `scorer` rules give the risk.

    A step that was sent, or may have been, is not planned again for that due date; one that was held back is
    planned again on a later day, while it is the latest that is due. One held back by a pause or a promise waits
    until that is over, so that the log shows it once and not every day.
    """
    with database.reading() as conn:
        by = By(clock.now(), policy, tuple(channels), scorer, counts_by_context(conn))
    added = 0
    with database.reading() as reading:
        ahead = policy.strategy.days_ahead
        for chunk in _chunks(debts(reading, today=by.today, dpd_at_least=1, due_within_days=ahead)):
            with database.transaction() as conn:
                added += _plan_chunk(conn, chunk, by)
    return added


def _plan_chunk(conn: Connection, chunk: Sequence[Debt], by: By) -> int:
    wanted = dict(_due(conn, chunk, by))
    if not wanted:
        return 0
    by = replace(by, terms=contact.terms_of_many(conn, list(wanted)))
    since = min(wish.at.episode_on for wish in wanted.values())
    done = _done(conn, list(wanted), since=since)
    ladder = ladder_of(conn, list(wanted), channels=by.channels, policy=by.policy, now=by.now, since=since)
    rows = (
        _row(borrower_id, wish, by, ladder)
        for borrower_id, wish in wanted.items()
        if (borrower_id, wish.at.episode_on, wish.choice.name) not in done and ladder.goes_on(borrower_id)
    )
    return log.add_planned(conn, [row for row in rows if row is not None])


def _due(conn: Connection, chunk: Sequence[Debt], by: By) -> Iterator[tuple[str, Wish]]:
    today = by.today
    standings = {debt.borrower_id: at for debt in chunk if (at := standing(debt, today)) is not None}
    drawn = choose_arms(conn, standings, today=today, policy=by.policy)
    for borrower_id, facts in facts_of(conn, standings, today=today).items():
        at, arm = standings[borrower_id], drawn[borrower_id]
        if arm.strategy is None:
            continue
        score = _scored(facts, by.scorer) if at.day > 0 else {}
        choice = arm.strategy.due(at.day, today, facts=facts, score=score.get("score"))
        if choice is not None and (choice.step.to is not None or choice.step.may_fire(facts, today)):
            yield borrower_id, Wish(at, facts, choice, arm.arm, score)


def _scored(facts: DebtorFacts, scorer: Scorer | None) -> Mapping[str, Any]:
    if scorer is None:
        return {}
    told = facts.as_basis()
    return {"score": scorer.score(told), "model": scorer.version, "why": scorer.why(told)}


def _done(conn: Connection, borrower_ids: list[str], *, since: date) -> set[Episode]:
    """Steps not to be planned: those that fired, and those held back for a reason that still stands."""
    held = collect.borrowers_paused(conn, borrower_ids) | promise.borrowers_with_pending(conn, borrower_ids)
    done = set()
    for borrower_id, episode_on, step, state in log.episodes_of(conn, borrower_ids, since=since):
        if state in FIRED or (borrower_id in held and state in {State.BLOCKED, State.CANCELLED}):
            done.add((borrower_id, episode_on, step))
    return done


def _row(borrower_id: str, wish: Wish, by: By, ladder: Ladder) -> Outreach | None:
    """None where none of the step's channels is connected, or the rest were tried today and are again tomorrow; where
    none of these reaches him, people take over."""
    choice, tried = wish.choice, ladder.tried(borrower_id)
    slot = f"{by.today}/{tried + 1}" if tried else by.today.isoformat()
    outreach_id = "outreach-" + hashlib.sha256(f"{borrower_id}|{slot}".encode()).hexdigest()[:32]
    connected = [one for one in choice.step.say if one in by.channels]
    if not connected and choice.step.to is None:
        return None
    closed = ladder.passed_over(borrower_id, episode_on=wish.at.episode_on, step=choice.name)
    passed_over = {one: closed[one] for one in connected if one in closed}
    if connected and len(passed_over) == len(connected) and TRIED in passed_over.values():
        return None
    picked = _picked(choice, outreach_id, by, channels=[one for one in connected if one not in passed_over])
    score = {name: str(value) if name == "score" else value for name, value in wish.score.items()}
    return Outreach(
        id=outreach_id,
        borrower_id=borrower_id,
        slot=slot,
        business_date=by.today,
        episode_on=wish.at.episode_on,
        kind=choice.tier.kind,
        tier=choice.tier.origin.id,
        step=choice.name,
        policy_version=by.policy.version,
        text="",
        planned_at=by.now,
        treatment=choice.treatment.origin.id,
        basis=basis_of(
            wish.facts,
            profile=choice.profile.origin.id,
            risk=choice.risk.origin.id,
            offer=list(choice.step.offer) or None,
            arm=wish.arm or None,
            option=picked.option.id if picked else None,
            picked=picked.by if picked else None,
            passed_over=passed_over or None,
            **score,
        ),
        **(_message(borrower_id, picked, by) if picked else _for_people(choice, by.now, passed_over)),
    )


def _picked(choice: Choice, outreach_id: str, by: By, *, channels: Sequence[str]) -> Pick | None:
    options = options_of(choice.step, channels=channels)
    if not options:
        return None
    tried = by.tried.get(context_of(choice.tier.origin.id, choice.profile.origin.id), {})
    return pick(options, tried, rule=by.policy.learning.on(by.today), message_id=outreach_id)


def _for_people(choice: Choice, now: datetime, passed_over: Mapping[str, str]) -> Mapping[str, Any]:
    whom = f"{choice.tier.label} · {choice.profile.label}"
    code = TAKEN_OVER[choice.step.to] if choice.step.to is not None else UNREACHABLE
    why = "；".join(f"{channel}：{WHY[one]}" for channel, one in passed_over.items())
    reason = {"code": code, "detail": f"{whom}（{why}）" if why else whom, "source": str(choice.treatment.origin)}
    return {
        "channel": PERSON,
        "template": "",
        "template_version": "",
        "state": State.FOR_PERSON,
        "reasons": (reason,),
        "not_before": now,
        "decided_at": now,
    }


def _message(borrower_id: str, picked: Pick, by: By) -> Mapping[str, Any]:
    one = picked.option
    wished = max(by.now, datetime.combine(by.today, one.hour or time.min, SHANGHAI))
    reached = in_his_hours(borrower_id, by.terms.get(borrower_id))
    return {
        "channel": one.channel,
        "template": one.template,
        "template_version": by.policy.templates.rows[one.template].edition,
        "state": State.PLANNED,
        "reasons": (),
        "not_before": first_lawful(wished, channel=one.channel, contact=reached, policy=by.policy),
    }


def _chunks(found: Iterable[Debt]) -> Iterator[list[Debt]]:
    iterator = iter(found)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk

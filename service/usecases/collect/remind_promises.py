"""One reminder before the day of each part of a promise: a row in the queue like any other outreach, for the gate."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from service.db import collect_outreach as log
from service.db import contact
from service.db import promise as kept
from service.db.engine import Database
from service.domain.collect.compliance import first_lawful
from service.domain.collect.outreach import Contact, Kind, Outreach, State
from service.domain.collect.policy import Policy
from service.domain.collect.promise import Part, Promise
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.known import in_his_hours
from service.usecases.ports import Clock

TIER = "promise"
CHUNK = 500


def remind_promises(database: Database, *, clock: Clock, policy: Policy, channels: Collection[str]) -> int:
    """Plan the reminders whose time has come on the `channels` that are connected; returns how many are new.

    A part is reminded of at most once, whatever becomes of the row: its slot is the part. Not one that was promised
    on the very day, or later: who has just said it needs no reminder. The text and whether anything is still to be
    paid are read afresh when it is sent.
    """
    now = clock.now()
    today = business_date(now)
    rule = policy.promise_on(today)
    if rule.remind_channel not in channels:
        return 0
    ahead = timedelta(days=rule.remind_days)
    with database.reading() as conn:
        due = [
            (one, part)
            for one, part in kept.pending_parts(conn, due_after=today, due_until=today + ahead)
            if business_date(one.created_at) < part.due_on - ahead
        ]
    added = 0
    for first in range(0, len(due), CHUNK):
        some = due[first : first + CHUNK]
        with database.transaction() as conn:
            terms = contact.terms_of_many(conn, [one.borrower_id for one, _ in some])
            rows = [
                _row(one, part, in_his_hours(one.borrower_id, terms.get(one.borrower_id)), now=now, policy=policy)
                for one, part in some
            ]
            added += log.add_planned(conn, rows)
    return added


def _row(promise: Promise, part: Part, reached: Contact, *, now: datetime, policy: Policy) -> Outreach:
    slot = f"{promise.id}/{part.no}"
    today = business_date(now)
    rule = policy.promise_on(today)
    wished = max(now, datetime.combine(today, rule.remind_at, SHANGHAI))
    return Outreach(
        id="outreach-" + hashlib.sha256(f"{promise.borrower_id}|{slot}".encode()).hexdigest()[:32],
        borrower_id=promise.borrower_id,
        slot=slot,
        business_date=today,
        episode_on=part.due_on,
        kind=Kind.REMINDER,
        tier=TIER,
        step=f"{TIER}-{rule.remind_days}",
        channel=rule.remind_channel,
        template=rule.remind_template,
        template_version=policy.templates.rows[rule.remind_template].edition,
        policy_version=policy.version,
        state=State.PLANNED,
        reasons=(),
        text="",
        planned_at=now,
        not_before=first_lawful(wished, channel=rule.remind_channel, contact=reached, policy=policy),
        basis={"promise": promise.id, "part": part.no, "offer": list(rule.remind_offer)},
    )

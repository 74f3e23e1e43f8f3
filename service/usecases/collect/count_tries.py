"""What the hours and texts of sent messages led to, counted once a day for the choices of the next."""

from __future__ import annotations

from datetime import timedelta

from service.db import learned as log
from service.db.engine import Database
from service.domain.collect.bandit import Tried, context_of
from service.domain.collect.policy import Policy
from service.domain.days import business_date
from service.usecases.ports import Clock


def count_tries(database: Database, *, policy: Policy, clock: Clock) -> int:
    """Of the rule's window, without the days whose results are still waited for. Returns how many messages counted; 0
    where it was done today already, or nothing is learned."""
    today = business_date(clock.now())
    rule = policy.learning.on(today)
    if rule is None:
        return 0
    with database.reading() as conn:
        if log.counted_on(conn) == today:
            return 0
        counts: dict[tuple[str, str], Tried] = {}
        messages = 0
        until = today - timedelta(days=rule.reward_days)
        for chunk in log.collection_rows(conn, since=until - timedelta(days=rule.window_days), until=until, sent=True):
            for row, worked in zip(chunk, log.answered_within(conn, chunk, days=rule.reward_days), strict=True):
                if (option := row.basis.get("option")) is None:
                    continue
                key = context_of(row.tier, row.basis.get("profile", "")), option
                known = counts.get(key, Tried(0, 0))
                counts[key] = Tried(known.times + 1, known.worked + worked)
                messages += 1
    with database.transaction() as conn:
        log.replace_counts(conn, counts, on=today)
    return messages

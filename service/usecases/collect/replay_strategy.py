"""Plays a strategy over what happened between two days; reads only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from service.db.engine import Database
from service.db.past import pasts_of, with_something_due
from service.domain.collect.policy import Policy
from service.domain.collect.replay import Replay, Setting, replay
from service.domain.collect.strategy import Strategy

CHUNK = 200


def replay_strategy(
    database: Database,
    setting: Setting,
    *,
    strategy: Strategy,
    policy: Policy,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """All debtors with something due in those days; a few hundred of them in memory at a time, one look at the data."""
    found = Replay(setting)
    with database.reading() as conn:
        last = setting.last + timedelta(days=strategy.days_ahead)
        everybody = with_something_due(conn, first=setting.first, last=last)
        for at in range(0, len(everybody), CHUNK):
            for past in pasts_of(conn, everybody[at : at + CHUNK]):
                replay(past, found, strategy=strategy, policy=policy)
            if progress is not None:
                progress(min(at + CHUNK, len(everybody)), len(everybody))
    return found

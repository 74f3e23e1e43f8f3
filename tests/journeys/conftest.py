"""One running system for the journeys: real bot, real actions, real database, real gateway; the clock stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from service.usecases.ports import FrozenClock
from tests.running import FrozenSystem

SHANGHAI = timezone(timedelta(hours=8))
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrozenSystem]:
    system = FrozenSystem(tmp_path_factory.mktemp("journeys"), FrozenClock(MORNING))
    system.start()
    try:
        system.wait_until_ready()
        yield system
    finally:
        system.stop()


@pytest.fixture
def system(started: FrozenSystem) -> FrozenSystem:
    """The running system, at ten in the morning of Monday 2026-11-23 again."""
    started.clock.instant = MORNING
    return started

"""One running system for all conversations, which are held a few at a time; each test then looks at its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from service.usecases.ports import FrozenClock
from tests.journeys.conftest import MORNING
from tests.running import FrozenSystem
from tests.talks.people import register
from tests.talks.script import Conversation
from tests.talks.teller import Teller, Told

AT_ONCE = 6  # each waits for the bot most of the time


@dataclass(frozen=True, slots=True)
class Talks:
    """The conversations of the tests that were asked for, on their way, and what they are held with."""

    system: FrozenSystem
    told: dict[str, Future[Told]]


@pytest.fixture(scope="session")
def talks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talks]:
    """Begins the conversations of all tests that were asked for, so that none waits for another."""
    chosen = [
        item.callspec.params["conversation"]
        for item in request.session.items
        if "talks" in getattr(item, "fixturenames", ()) and hasattr(item, "callspec")
    ]
    system = FrozenSystem(tmp_path_factory.mktemp("talks"), FrozenClock(MORNING))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            prepare(system, chosen)
            yield Talks(system, {one.name: pool.submit(tell, system, one) for one in chosen})
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            system.stop()


def prepare(system: FrozenSystem, chosen: list[Conversation]) -> None:
    """Debtors are reminded before they answer; the others write by themselves."""
    system.start()
    register(system.services, [one for one in chosen if one.way])
    system.tick()
    register(system.services, [one for one in chosen if not one.way])
    system.wait_until_ready()


def tell(system: FrozenSystem, conversation: Conversation) -> Told:
    return Teller(system, conversation).tell()

"""The stage that the dialogues share: starting the bot takes longer than all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from service.usecases.ports import FrozenClock
from tests.actions.forms import Office, office
from tests.actions.stage import ROOT, Stage, stage
from tests.fresh_databases import postgres, sqlite_at


@pytest.fixture(scope="session")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    model = os.environ.get("XIAOQING_TEST_MODEL")  # an archive; else the newest in models/
    if not model and not list((ROOT / "models").glob("*.tar.gz")):
        pytest.fail("there is no model; train one first: make train")
    with stage(tmp_path_factory.mktemp("stage"), model=model) as ready:
        yield ready


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The real service on both databases, on Monday 2026-11-23, 10:00 in Shanghai; one for a file of tests."""
    folder = tmp_path_factory.mktemp("office")
    clock = FrozenClock(datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc))
    kept = sqlite_at(folder) if request.param == "sqlite" else postgres()
    with kept as database, office(database, clock=clock, folder=folder) as made:
        yield made

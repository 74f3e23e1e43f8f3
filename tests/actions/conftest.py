"""The stage that the dialogues share: starting the bot takes longer than all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.actions.stage import ROOT, Stage, stage


@pytest.fixture(scope="session")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    model = os.environ.get("XIAOQING_TEST_MODEL")  # an archive; else the newest in models/
    if not model and not list((ROOT / "models").glob("*.tar.gz")):
        pytest.fail("there is no model; train one first: make train")
    with stage(tmp_path_factory.mktemp("stage"), model=model) as ready:
        yield ready

"""The action server listens on loopback, only for who knows the token, and not at all without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.actions.stage import ACTIONS_TOKEN, ROOT, process, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("actions") / "log"
    given = {**os.environ, "XIAOQING_ACTIONS_TOKEN": ACTIONS_TOKEN, "XIAOQING_ACTIONS_PORT": str(port)}
    with process(["-m", "actions"], given, log):
        wait_for(f"http://127.0.0.1:{port}/health", log=log)
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong"])
@pytest.mark.parametrize("path", ["/webhook", "/actions"])
def test_a_stranger_is_refused(server: str, path: str, query: str) -> None:
    ask = httpx.get if path == "/actions" else httpx.post
    assert ask(server + path + query).status_code == 401


def test_who_knows_the_token_sees_every_action_the_domain_names(server: str) -> None:
    import yaml

    served = {one["name"] for one in httpx.get(f"{server}/actions?token={ACTIONS_TOKEN}").json()}
    assert served == set(yaml.safe_load((ROOT / "domain.yml").read_text())["actions"])


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "XIAOQING_ACTIONS_TOKEN"}
    ended = subprocess.run(
        [sys.executable, "-m", "actions"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert "XIAOQING_ACTIONS_TOKEN" in ended.stderr

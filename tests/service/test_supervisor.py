"""What a person sees of the supervisor: who died, why, and that it comes back; ports that are taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastapi import FastAPI

from service.settings import Settings
from service.supervisor import child_environment, taken_ports, wait_until_healthy
from tests.ports import free_port
from tests.service.serving import serving

ROOT = Path(__file__).resolve().parents[2]
RUNNER = """
import sys
from service.supervisor import KeepingManager, KeptProcess
KeptProcess.first_pause_seconds = 0.01
manager = KeepingManager()
for name, command in zip(sys.argv[1::2], sys.argv[2::2]):
    manager.add_process(name, command)
manager.loop()
sys.exit(manager.returncode)
"""


def supervise(*commands: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, *commands], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_process_that_keeps_dying_is_named_with_its_last_words_and_ends_the_rest() -> None:
    dying = f"exec {sys.executable} -c \"print('no such model'); raise SystemExit(3)\""
    supervised = supervise("bot", dying, "service", "exec sleep 60")
    output, _ = supervised.communicate(timeout=30)
    assert "进程 bot 以退出码 3 结束，将自动重启" in output
    assert "no such model" in output
    assert "不再重启" in output
    assert supervised.returncode != 0


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    marker = tmp_path / "starts"
    once = f"echo $$ >> {marker}; exec sleep 60"
    supervised = supervise("bot", once)
    _until(lambda: marker.exists() and len(marker.read_text().split()) == 1)
    os.kill(int(marker.read_text().split()[0]), signal.SIGKILL)
    _until(lambda: len(marker.read_text().split()) == 2)
    supervised.send_signal(signal.SIGINT)
    output, _ = supervised.communicate(timeout=30)
    assert "进程 bot 被信号 SIGKILL 终止" in output
    assert not _alive(int(marker.read_text().split()[1]))


def test_health_is_asked_for_on_this_machine_whatever_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    app, port = FastAPI(), free_port()
    for path in ("/health", "/status"):
        app.add_api_route(path, lambda: {"status": "ok"})
    ports = {f"{name}_port": port for name in ("service", "bot", "actions")}
    with serving(app, port=port):
        assert wait_until_healthy(Settings(_env_file=None, **ports), seconds=5) == []


def test_the_children_are_told_whether_it_is_a_demonstration() -> None:
    for demo, told in ((True, "true"), (False, "false")):
        assert child_environment(Settings(_env_file=None, demo=demo))["XIAOQING_DEMO"] == told


def test_ports_that_others_use_are_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert taken_ports({"service": 0, "bot": port}) == [("bot", port)]


def _until(condition, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

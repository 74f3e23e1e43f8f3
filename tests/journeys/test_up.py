"""`xiaoqing up` from nothing to the first answer and to its end, as a person at a terminal has it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.running import COMMANDS, ROOT, Borrower

pytestmark = pytest.mark.system

PATIENCE_SECONDS = 180


def test_up_makes_everything_answers_and_leaves_nothing_alive(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XIAOQING_")}
    ports = {name: free_port() for name in COMMANDS}
    given = {f"XIAOQING_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    data = tmp_path / "var"
    # A proxy that answers nothing: what runs on this machine must not be looked for behind it.
    environment = kept | given | {"XIAOQING_DATA_DIR": str(data), "HTTP_PROXY": "http://127.0.0.1:9", "COLUMNS": "200"}
    log = tmp_path / "up.log"
    began = time.monotonic()
    with log.open("wb") as output:
        command = [sys.executable, "-m", "service.cli", "up", "--borrowers", "12"]
        up = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        _until(lambda: "小清已就绪" in log.read_text(errors="replace"), up, log)
        ready = time.monotonic() - began
        secrets = dict(line.split("=", 1) for line in (data / "secrets.env").read_text().splitlines())
        assert f":{ports['service']}/demo" in log.read_text()
        assert secrets["XIAOQING_CONSOLE_PASSWORD"] in log.read_text()
        borrower = Borrower.logged_in(f"http://127.0.0.1:{ports['service']}", "demo-overdue-5")
        # By day the scheduler's own reminder may come between the question and its answer.
        assert borrower.post("我这个月要还多少").status_code == 202
        borrower.wait_for("目前应还", seconds=60)
        first = time.monotonic() - began
        assert first < PATIENCE_SECONDS
        print(f"\nready after {ready:.1f} s, first answer after {first:.1f} s")
        family = _descendants(up.pid)
        assert len(family) >= len(COMMANDS)
        up.send_signal(signal.SIGINT)
        assert up.wait(timeout=30) == 0, log.read_text(errors="replace")[-3000:]
        assert [pid for pid in family if _alive(pid)] == []
    finally:
        for pid in (up.pid, *_descendants(up.pid)):
            if _alive(pid):
                os.kill(pid, signal.SIGKILL)
        up.wait()


def _until(condition, up: subprocess.Popen[bytes], log: Path) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert up.poll() is None, log.read_text(errors="replace")[-3000:]
        assert time.monotonic() < until, log.read_text(errors="replace")[-3000:]
        time.sleep(0.1)


def _descendants(pid: int) -> list[int]:
    """The children of a process and theirs, as the kernel tells."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(told[1]), []).append(int(folder.name))
    found, left = [], [pid]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def _alive(pid: int) -> bool:
    """Whether it runs; one that has ended and waits to be buried does not."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

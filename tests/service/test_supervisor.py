"""What a person sees of the supervisor: who died, why, and that it comes back; ports that are taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from service.supervisor import taken_ports

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

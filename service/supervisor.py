"""Runs the three processes of the Procfile as one: output by name, a dead one named and started again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.process import Process

from service.settings import ROOT, Settings

RESTARTS, WITHIN_SECONDS = 5, 60.0
LAST_LINES = 8


class KeptProcess(Process):
    """A child that is started again when it dies; after RESTARTS deaths in WITHIN_SECONDS it stays dead,
    and the manager then ends the others."""

    stopping: Any = None  # a multiprocessing.Event, set when everything is to end
    first_pause_seconds = 0.5  # doubled at each death, up to sixteenfold

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        self._events = events
        if ignore_signals:
            # Not SIG_IGN: a child started later would inherit it and could never be ended.
            signal.signal(signal.SIGINT, _stay)
            signal.signal(signal.SIGTERM, _stay)
        deaths: deque[float] = deque(maxlen=RESTARTS)
        while True:
            code, last = self._run_once()
            if self.stopping.is_set():
                break
            self._tell_death(code, last)
            if len(deaths) == RESTARTS and time.monotonic() - deaths[0] < WITHIN_SECONDS:
                self._say(f"{self.name} 在 {WITHIN_SECONDS:.0f} 秒内多次退出，不再重启，全部进程即将结束。")
                break
            deaths.append(time.monotonic())
            time.sleep(min(2 ** (len(deaths) - 1), 16) * self.first_pause_seconds)
            if self.stopping.is_set():
                break
        self._send_message({"returncode": code}, type="stop")

    def _run_once(self) -> tuple[int, list[str]]:
        child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": child.pid}, type="start")
        last: deque[str] = deque(maxlen=LAST_LINES)
        for line in iter(child.stdout.readline, b""):
            last.append(line.decode("utf-8", "replace").rstrip())
            self._send_message(line)
        return child.wait(), list(last)

    def _tell_death(self, code: int, last: list[str]) -> None:
        how = f"被信号 {signal.Signals(-code).name} 终止" if code < 0 else f"以退出码 {code} 结束"
        self._say(f"进程 {self.name} {how}，将自动重启。它最后的输出：")
        for line in last or ["（没有输出）"]:
            self._say(f"    {line}")

    def _say(self, text: str) -> None:
        self._send_message(text)


def _stay(*_: object) -> None:
    """The keeper lives as long as its child; the manager ends the child."""


class KeepingManager(Manager):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self._process_ctor = KeptProcess
        KeptProcess.stopping = multiprocessing.Event()

    def terminate(self) -> None:
        KeptProcess.stopping.set()
        super().terminate()


def taken_ports(wanted: Mapping[str, int]) -> list[tuple[str, int]]:
    """Those of `wanted` (a process's name → its port) whose port somebody else already listens on."""
    taken = []
    for name, port in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append((name, port))
    return taken


def health_addresses(settings: Settings) -> Mapping[str, str]:
    return {
        "service": f"{settings.service_url}/health",
        **{
            name: f"http://127.0.0.1:{port}/status?token={settings.bot_token}"
            for name, port in settings.bot_ports.items()
        },
        "actions": f"http://127.0.0.1:{settings.actions_port}/health",
    }


def child_environment(settings: Settings) -> dict[str, str]:
    """What the children read: the secrets as variables (the bot and the actions know no settings file)."""
    given = {
        "XIAOQING_DATA_DIR": str(settings.data_dir),
        "XIAOQING_DEMO": str(settings.demo).lower(),
        "XIAOQING_SERVICE_URL": settings.service_url,
        "XIAOQING_SERVICE_PORT": str(settings.service_port),
        "XIAOQING_BOT_PORT": str(settings.bot_port),
        "XIAOQING_ACTIONS_PORT": str(settings.actions_port),
        "XIAOQING_SERVICE_TOKEN": settings.service_token,
        "XIAOQING_BOT_TOKEN": settings.bot_token,
        "XIAOQING_ACTIONS_TOKEN": settings.actions_token,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **given}


def wait_until_healthy(settings: Settings, *, seconds: float = 120) -> list[str]:
    """Wait for all of them to answer; returns the names that did not within `seconds`."""
    waiting = dict(health_addresses(settings))
    until = time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        for name, address in list(waiting.items()):
            try:
                if httpx.get(address, timeout=2, trust_env=False).status_code == 200:  # loopback, whatever the proxy
                    del waiting[name]
            except httpx.HTTPError:
                continue
        time.sleep(0.2)
    return list(waiting)


def _processes(kind: str, settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """The processes of a line of the Procfile, each with what is its own in the environment."""
    if kind != "bot":
        return {kind: {}}
    return {name: {"XIAOQING_BOT_PORT": str(port)} for name, port in settings.bot_ports.items()}


def run_all(settings: Settings, *, when_ready: Callable[[list[str]], None]) -> int:
    """Run the Procfile until Ctrl-C or until a process keeps dying; returns the exit code."""
    manager = KeepingManager()
    procfile = parse_procfile((ROOT / "Procfile").read_text())
    for kind, line in procfile.processes.items():
        for name, more in _processes(kind, settings).items():
            manager.add_process(name, f"exec {line}", env=child_environment(settings) | more, cwd=str(ROOT))
    threading.Thread(target=lambda: when_ready(wait_until_healthy(settings)), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in (0, 130, 143) else 1

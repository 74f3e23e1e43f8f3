"""The three real processes on free ports with a database of their own, for tests that kill and restart them.

`FrozenSystem` is the same with the service inside the test, where its clock stands still.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jwt
import uvicorn

from service.demo.seed import seed
from service.prepare import migrate
from service.scheduler import tick_once
from service.settings import Settings
from service.usecases.collect.pause import pause
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import build
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "service": [sys.executable, "-m", "service"],
    "bot": [sys.executable, "-m", "bot", "run"],
    "actions": [sys.executable, "-m", "actions"],
}


class RunningSystem:
    """Starts, kills and restarts the processes; talks to the service as a borrower's page would."""

    gateway: Any = None  # a payment gateway of a test's own

    def __init__(
        self, folder: Path, *, borrowers: int = 24, seeded: bool = True, more: dict[str, str] | None = None
    ) -> None:
        """`more` are variables of the environment that replace those here."""
        self.folder = folder
        self.ports = {name: free_port() for name in COMMANDS}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"http://127.0.0.1:{self.ports['service']}"
        self.key = uuid.uuid4().hex
        # Reminders may only leave by day: the tests' day is always ten in the morning.
        shanghai = datetime.now(timezone(timedelta(hours=8)))
        ten = shanghai.replace(hour=10, minute=0, second=0)
        self.offset = int((ten - shanghai).total_seconds())
        self.environment = os.environ | {
            "XIAOQING_DATA_DIR": str(folder),
            "XIAOQING_DATABASE_URL": f"sqlite:///{folder / 'xiaoqing.db'}",
            "XIAOQING_SERVICE_URL": self.url,
            **{f"XIAOQING_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
            "XIAOQING_SERVICE_TOKEN": "service-token-of-the-tests",
            "XIAOQING_BOT_TOKEN": "bot-token-of-the-tests",
            "XIAOQING_ACTIONS_TOKEN": "actions-token-of-the-tests",
            "XIAOQING_APP_SIGNING_KEY": self.key,
            "XIAOQING_CONSOLE_PASSWORD": "console-password-of-the-tests",
            "XIAOQING_CLOCK_OFFSET_SECONDS": str(self.offset),
            "XIAOQING_SCHEDULER_SECONDS": "1",
            "XIAOQING_PAYMENT_DELAY_SECONDS": "0.3",
            "XIAOQING_DEMO": "true",
            **(more or {}),
        }
        if seeded:
            command = [sys.executable, "-m", "service.cli", "seed", "--borrowers", str(borrowers)]
            subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def start(self, *names: str) -> None:
        for name in names or COMMANDS:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    COMMANDS[name], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """To the process and its children."""
        os.killpg(self.processes[name].pid, number)

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def wait_until_ready(self, *names: str, seconds: float = 90) -> None:
        addresses = {
            "service": f"{self.url}/health",
            "bot": f"http://127.0.0.1:{self.ports['bot']}/status?token=bot-token-of-the-tests",
            "actions": f"http://127.0.0.1:{self.ports['actions']}/health",
        }
        until = time.monotonic() + seconds
        for name in names or addresses:
            while not _answers(addresses[name]):
                process = self.processes.get(name)  # none: the service in a thread of the test
                if time.monotonic() > until or (process and process.poll() is not None):
                    tail = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
                    raise AssertionError(f"{name} is not ready:\n{tail}")
                time.sleep(0.1)

    def now(self) -> datetime:
        """What the system's clock shows."""
        return datetime.now(timezone.utc) + timedelta(seconds=self.offset)

    def token(self, borrower_id: str, *, minutes: float = 30, key: str | None = None) -> str:
        now = self.now()
        claims = {"sub": borrower_id, "aud": "xiaoqing-chat", "iat": now, "exp": now + timedelta(minutes=minutes)}
        return jwt.encode(claims, key or self.key, algorithm="HS256")

    def borrower(self, borrower_id: str) -> Borrower:
        return Borrower(self.url, self.token(borrower_id))

    def visitor(self) -> Borrower:
        return Borrower(self.url, httpx.post(f"{self.url}/chat/visitors", trust_env=False).json()["token"])

    def conversation(self, borrower_id: str) -> str:
        """The id of the borrower's conversation in the app."""
        with sqlite3.connect(self.folder / "xiaoqing.db") as database:
            found = database.execute(
                "SELECT id FROM conversation WHERE channel = 'inapp' AND borrower_id = ?", (borrower_id,)
            ).fetchone()
        return str(found[0])

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with sqlite3.connect(self.folder / "xiaoqing.db") as database:
            return list(database.execute(query, values))

    def ledger(self, conversation_id: str, what: str) -> Any:
        """What the actions would be told about the borrower of a conversation."""
        headers = {"Authorization": "Bearer service-token-of-the-tests"}
        url = f"{self.url}/loan/conversations/{conversation_id}/{what}"
        answer = httpx.get(url, headers=headers, timeout=10, trust_env=False)
        answer.raise_for_status()
        return answer.json()


class Borrower:
    """One person at the page."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=15, trust_env=False)
        self.seen = max((turn["id"] for turn in self.turns()), default=0)

    @classmethod
    def logged_in(cls, url: str, borrower_id: str) -> Borrower:
        """Through the demonstration's log-in page."""
        answer = httpx.post(f"{url}/demo/log-in", data={"borrower_id": borrower_id}, trust_env=False, timeout=15)
        return cls(url, answer.headers["location"].partition("#token=")[2])

    def turns(self, after: int = 0) -> list[dict[str, Any]]:
        answer = self.http.get("/chat/turns", params={"after": after, "limit": 200})
        answer.raise_for_status()
        return list(answer.json()["turns"])

    def post(self, text: str, *, payload: str | None = None, message_id: str | None = None) -> httpx.Response:
        body = {"id": message_id or uuid.uuid4().hex, "text": text} | ({"payload": payload} if payload else {})
        return self.http.post("/chat/messages", json=body)

    def say(self, text: str, *, payload: str | None = None, seconds: float = 30) -> list[dict[str, Any]]:
        """Say something and return the replies to it; what is said of itself meanwhile, as a reminder, is none."""
        posted = self.post(text, payload=payload)
        assert posted.status_code == 202, posted.text
        asked = posted.json()["turn_id"]
        spoken = self.wait(lambda turns: any(turn["reply_to"] == asked for turn in turns), seconds=seconds)
        return [turn for turn in spoken if turn["reply_to"] == asked]

    def wait(self, enough: Any, *, seconds: float = 30) -> list[dict[str, Any]]:
        """The new outbound turns once `enough(new turns)`; remembers how far it has read."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            turns = self.turns(self.seen)
            if enough(turns):
                self.seen = max(turn["id"] for turn in turns)
                return [turn for turn in turns if turn["direction"] == "out"]
            time.sleep(0.1)
        raise AssertionError(f"no such reply within {seconds} s; new turns: {self.turns(self.seen)}")

    def wait_for(self, words: str, *, seconds: float = 30) -> dict[str, Any]:
        """The first new outbound turn that contains `words`."""
        spoken = self.wait(lambda ts: any(t["direction"] == "out" and words in t["text"] for t in ts), seconds=seconds)
        return next(turn for turn in spoken if words in turn["text"])


class FrozenSystem(RunningSystem):
    """Bot and actions as processes; the service in a thread of the test, by a clock that the test moves."""

    def __init__(self, folder: Path, clock: FrozenClock, *, borrowers: int = 12) -> None:
        super().__init__(folder, seeded=False)
        self.clock = clock
        self.settings = Settings(
            _env_file=None,
            data_dir=folder,
            database_url=self.environment["XIAOQING_DATABASE_URL"],
            **{f"{name}_port": port for name, port in self.ports.items()},
            service_token="service-token-of-the-tests",
            bot_token="bot-token-of-the-tests",
            actions_token="actions-token-of-the-tests",
            app_signing_key=self.key,
            demo=True,
            payment_gateway_key="gateway-key-of-the-tests",
            payment_delay_seconds=0.2,
            wechat_app_id="wx0123456789abcdef",
            wechat_app_secret="secret-of-the-tests",
            wechat_token="token-of-the-tests",
            wechat_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        )
        migrate(self.settings)
        self.services = build(self.settings, clock=clock)
        seed(
            self.services.database,
            clock=clock,
            products=self.services.products,
            price_caps=self.services.price_caps,
            borrowers=borrowers,
            pause=pause,
        )
        self._server: uvicorn.Server | None = None

    def start(self, *names: str) -> None:
        super().start(*[name for name in names or COMMANDS if name != "service"])
        if not names or "service" in names:
            app = create_app(self.services, with_scheduler=False)
            config = uvicorn.Config(app, port=self.ports["service"], log_level="warning", ws="none")
            self._server = uvicorn.Server(config)
            Thread(target=self._server.run, daemon=True).start()

    def stop(self) -> None:
        super().stop()
        if self._server is not None:
            self._server.should_exit = True

    def now(self) -> datetime:
        return self.clock.now()

    def tick(self) -> dict[str, Any]:
        """What the scheduler would do now."""
        done = tick_once(self.services)
        assert not [result for result in done.values() if str(result).startswith("失败")], done
        return done


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False

"""Starts the bot and the actions as processes against the small service, and talks to the bot as the service does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.actions.small_service import TODAY, TOKEN, World, serving, small_service
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
BOT_TOKEN, ACTIONS_TOKEN = "bot-token", "actions-token"
START_SECONDS = 90


@dataclass
class Talk:
    """One conversation; `say` answers the texts of the replies, joined by lines."""

    bot_url: str
    conversation_id: str
    context: dict[str, Any] = field(default_factory=lambda: {"today": TODAY.isoformat(), "verified": True})
    count: int = 0
    replies: list[dict[str, Any]] = field(default_factory=list)
    understood: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str, *, message_id: str | None = None) -> str:
        self.count += 1
        answer = self.post(text, message_id=message_id or f"m{self.count}")
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        self.replies, self.understood = answer.json()["replies"], answer.json()["understood"]
        return "\n".join(reply["text"] for reply in self.replies)

    def post(self, text: str, *, message_id: str) -> httpx.Response:
        body = {"conversation_id": self.conversation_id, "message_id": message_id, "text": text}
        return httpx.post(
            f"{self.bot_url}/webhooks/xiaoqing/turn",
            json={**body, "context": self.context},
            headers={"Authorization": f"Bearer {BOT_TOKEN}"},
            timeout=30,
        )

    @property
    def buttons(self) -> dict[str, str]:
        return {button["title"]: button["payload"] for reply in self.replies for button in reply["buttons"]}

    @property
    def cards(self) -> list[str]:
        return [reply["card"]["kind"] for reply in self.replies if reply["card"]]


@dataclass(frozen=True)
class Stage:
    world: World
    bot_url: str
    actions_url: str
    bot_log: Path

    def talk(self, conversation_id: str) -> Talk:
        return Talk(self.bot_url, conversation_id)


@contextmanager
def stage(data_dir: Path, *, model: str | None = None) -> Iterator[Stage]:
    """`model` is an archive; without it the newest in models/."""
    world, bot_port, actions_port = World(), free_port(), free_port()
    with ExitStack() as stack:
        given = {
            **os.environ,
            "XIAOQING_SERVICE_URL": stack.enter_context(serving(small_service(world))),
            "XIAOQING_SERVICE_TOKEN": TOKEN,
            "XIAOQING_BOT_TOKEN": BOT_TOKEN,
            "XIAOQING_ACTIONS_TOKEN": ACTIONS_TOKEN,
            "XIAOQING_BOT_PORT": str(bot_port),
            "XIAOQING_ACTIONS_PORT": str(actions_port),
            "XIAOQING_DATA_DIR": str(data_dir),
        }
        model_arguments = ["-m", model] if model else []
        stack.enter_context(process(["-m", "actions"], given, data_dir / "actions.log"))
        stack.enter_context(process(["-m", "bot", "run", *model_arguments], given, data_dir / "bot.log"))
        actions_url, bot_url = f"http://127.0.0.1:{actions_port}", f"http://127.0.0.1:{bot_port}"
        wait_for(f"{actions_url}/health", log=data_dir / "actions.log")
        wait_for(f"{bot_url}/status?token={BOT_TOKEN}", log=data_dir / "bot.log")
        yield Stage(world, bot_url, actions_url, data_dir / "bot.log")


@contextmanager
def process(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as output:
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def wait_for(url: str, *, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"{url} did not answer; its last output:\n{log.read_text()[-3000:]}")

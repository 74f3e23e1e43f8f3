"""A bot of three intents, really trained, with an action server of one action that can be told to fail."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "tiny-token"
DOMAIN = """
version: "3.1"
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
intents: [greeting_chitchat, query_bill, crisis]
entities: [amount, amount_word, date, vague_date]
slots:
  asked: {type: any, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_bill]
responses:
  utter_greet: [{text: 您好，我是小清。, buttons: [{title: 查账单, payload: /query_bill}]}]
  utter_person: [{text: 马上为您联系专人。}]
"""
NLU = """
version: "3.1"
nlu:
- intent: greeting_chitchat
  examples: |
    - 你好
    - 您好呀
    - 早上好
    - 在吗
    - 嗨
- intent: query_bill
  examples: |
    - 查账单
    - 我要还多少钱
    - 这个月欠多少
    - 账单多少
    - 看看我的账单
- intent: crisis
  examples: |
    - 不想活了
    - 活着没意思
    - 我要跳楼
    - 想自杀
    - 死了算了
"""
RULES = """
version: "3.1"
rules:
- rule: greet
  steps: [{intent: greeting_chitchat}, {action: utter_greet}]
- rule: bill
  steps: [{intent: query_bill}, {action: action_bill}]
- rule: crisis
  steps: [{intent: crisis}, {action: utter_person}]
"""


@dataclass
class Actions:
    """What the action server was asked, over how many lines, and how it answers: `status` not 200 is a failure."""

    status: int = 200
    seconds: float = 0.0
    responses: Any = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    lines: int = 0

    def answer(self) -> dict[str, Any]:
        said = {"text": "本期应还 500.00 元。", "custom": {"kind": "bill", "bill_fen": 50_000}, "buttons": []}
        responses = [said] if self.responses is None else self.responses
        return {"events": [{"event": "slot", "name": "asked", "value": len(self.asked)}], "responses": responses}


@contextmanager
def serve_actions() -> Iterator[Actions]:
    actions = Actions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            actions.lines += 1
            super().setup()

        def do_POST(self) -> None:
            actions.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(actions.seconds)
            body = json.dumps(actions.answer()).encode()
            self.send_response(actions.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may have given up
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    actions.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield actions
    server.shutdown()
    server.server_close()


def train(folder: Path, *, pipeline: str) -> str:
    """Train with the pipeline given as YAML; returns the model's path."""
    from rasa.model_training import train as rasa_train

    config = f"recipe: default.v1\nassistant_id: tiny\nlanguage: zh\n{pipeline}\npolicies:\n  - name: RulePolicy\n"
    for name, text in (("config.yml", config), ("domain.yml", DOMAIN), ("nlu.yml", NLU), ("rules.yml", RULES)):
        (folder / name).write_text(text, encoding="utf-8")
    data = [str(folder / "nlu.yml"), str(folder / "rules.yml")]
    return rasa_train(str(folder / "domain.yml"), str(folder / "config.yml"), data, output=str(folder)).model


@dataclass
class Bot:
    """The channel's app around a loaded model, asked in this process."""

    app: Any
    loop: asyncio.AbstractEventLoop
    store: Any
    actions: Actions

    def post(self, body: Any, *, token: str = TOKEN) -> tuple[int, Any]:
        """Status and JSON of POST /webhooks/xiaoqing/turn; `body` bytes are sent as they are."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.loop.run_until_complete(self._post(sent, token))

    async def _post(self, sent: bytes, token: str) -> tuple[int, Any]:
        import httpx

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://bot") as client:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            answer = await client.post("/webhooks/xiaoqing/turn", content=sent, headers=headers)
        return answer.status_code, answer.json()

    def turn(self, message_id: str, text: str, *, conversation_id: str = "c1") -> tuple[int, Any]:
        context = {"today": "2026-11-23", "verified": True, "channel": "inapp"}
        given = {"conversation_id": conversation_id, "message_id": message_id, "text": text, "context": context}
        return self.post(given)


def load(model: str, *, folder: Path, actions: Actions) -> Bot:
    """The app as `python -m bot run` builds it, without the port."""
    from rasa.core.agent import Agent
    from rasa.core.run import configure_app
    from rasa.utils.endpoints import EndpointConfig
    from sanic import Sanic

    from bot import remote_action
    from bot.channel import TurnChannel
    from bot.tracker_store import BoundedTrackerStore

    remote_action.install()
    Sanic.test_mode = True
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    store = BoundedTrackerStore(db=str(folder / "bot.db"))
    app = configure_app([TurnChannel.from_credentials({"token": TOKEN})], auth_token=TOKEN)
    app.ctx.agent = Agent.load(model, tracker_store=store, action_endpoint=EndpointConfig(actions.url))
    loop.run_until_complete(app._startup())
    return Bot(app, loop, store, actions)

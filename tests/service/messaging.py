"""The service's receipts route and the sandbox gateway, each behind real HTTP, with debtors of the real ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from service.api import channels, errors
from service.channels.gateway.client import MessageGateway
from service.channels.gateway.wire import HEADER, Credentials, header
from service.channels.sandbox.behaviour import Behaviour
from service.channels.sandbox.phones import PhoneSandbox
from service.channels.sandbox.store import Store
from service.channels.sms.sender import SmsSender
from service.channels.voice.sender import VoiceSender
from service.db.engine import Database
from service.db.tables.channel import channel_receipt
from service.db.tables.contact import contact_attempt, contact_point
from service.usecases.chat.say import say_to_borrower
from service.usecases.collect.plan import plan
from service.usecases.collect.send import Counts, OutreachSender, send_due
from service.usecases.ports import FrozenClock
from tests.ports import free_port
from tests.service.collecting import for_everybody_alike, rows
from tests.service.serving import serving

WHO = {"sms": Credentials("lender", "sms-secret"), "voice": Credentials("lender", "voice-secret")}
STEP_DAY = {"sms": 7, "voice": 59}  # a day on which strategy.toml puts this channel first
PHONE = "19900000005"


@dataclass
class Messaging:
    """`senders` by channel, over `gateways` to the sandbox at `gateway_url`."""

    database: Database
    clock: FrozenClock
    service: str
    gateway_url: str
    sandbox: PhoneSandbox
    gateways: dict[str, MessageGateway]
    senders: dict[str, OutreachSender] = field(default_factory=dict)

    def plan(self, *only: str) -> int:
        return plan(self.database, clock=self.clock, policy=for_everybody_alike(), channels=only or ("sms", "voice"))

    def send(self) -> Counts:
        return send_due(self.database, clock=self.clock, policy=for_everybody_alike(), senders=self.senders, limit=10)

    def row(self, borrower_id: str = "b1") -> dict[str, Any]:
        return rows(self.database, borrower_id)[-1]

    def attempt(self) -> dict[str, Any]:
        with self.database.reading() as conn:
            newest = select(contact_attempt).order_by(contact_attempt.c.at.desc()).limit(1)
            return dict(conn.execute(newest).mappings().one())

    def receipts(self) -> list[str]:
        with self.database.reading() as conn:
            return list(conn.execute(select(channel_receipt.c.event)).scalars())

    def suppressed(self) -> list[str]:
        with self.database.reading() as conn:
            mine = select(contact_point.c.suppressed_reason).where(contact_point.c.suppressed_at.is_not(None))
            return list(conn.execute(mine).scalars())

    def tell(self, channel: str, *, who: Credentials | None = None, seconds_ago: int = 0, **receipt: Any) -> int:
        """A receipt as the gateway would send it, signed so long ago; the HTTP status."""
        body, headers = self.signed(channel, who=who, seconds_ago=seconds_ago, **receipt)
        return self.post(channel, body, headers).status_code

    def signed(
        self, channel: str, *, who: Credentials | None = None, seconds_ago: int = 0, **receipt: Any
    ) -> tuple[bytes, dict[str, str]]:
        told = {"receipt_id": f"r-{receipt.get('event')}", "message_id": self.row()["id"]} | receipt
        body = json.dumps(told | {"at": self.clock.now().isoformat()}).encode()
        now = int(self.clock.now().timestamp()) - seconds_ago
        path = f"/channels/{channel}/receipts"
        return body, {HEADER: header(who or WHO[channel], now=now, method="POST", path=path, body=body)}

    def post(self, channel: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        return httpx.post(
            f"{self.service}/channels/{channel}/receipts", content=body, headers=dict(headers), timeout=15
        )

    def phones(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.gateway_url}/phones", timeout=15).raise_for_status().json()
        return found

    def got(self, phone: str = PHONE) -> list[str]:
        """What became of each message to a phone, oldest first; '' while it is on its way."""
        return [one["became"] for each in self.phones() if each["address"] == phone for one in each["messages"]][::-1]


def receipts_app(database: Database, clock: FrozenClock, gateways: Mapping[str, MessageGateway]) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.include_router(channels.router)
    app.state.services = SimpleNamespace(database=database, clock=clock, message_gateways=gateways)
    return app


def senders_of(
    gateways: Mapping[str, MessageGateway], database: Database, clock: FrozenClock
) -> dict[str, OutreachSender]:
    def say(**turn: Any) -> int:
        with database.transaction() as conn:
            return say_to_borrower(conn, now=clock.now(), **turn)

    return {
        "sms": SmsSender(gateways["sms"], say=say),
        "voice": VoiceSender(gateways["voice"], lasts=timedelta(minutes=10)),
    }


@contextmanager
def messaging(
    database: Database,
    *,
    clock: FrozenClock,
    folder: Path,
    behaviour: Behaviour | None = None,
    running: bool = True,
    timeout_seconds: float = 5.0,
    gateway_up: bool = True,
) -> Iterator[Messaging]:
    """Everything started. `running=False`: the gateway takes messages and neither delivers nor tells."""
    service_port, gateway_port = free_port(), free_port()
    here, there = f"http://127.0.0.1:{service_port}", f"http://127.0.0.1:{gateway_port}"
    one = behaviour or Behaviour(repeated=1.0)
    sandbox = PhoneSandbox(
        credentials=WHO,
        callback_url=here,
        store=Store(folder / "phones.db"),
        clock=clock,
        behaviours={"sms": one, "voice": one},
        retry_seconds=0.1,
    )
    gateways = {
        channel: MessageGateway(
            channel=channel,
            base_url=f"{there}/{channel}",
            credentials=WHO[channel],
            clock=clock,
            timeout_seconds=timeout_seconds,
        )
        for channel in WHO
    }
    with ExitStack() as stack:
        stack.enter_context(serving(receipts_app(database, clock, gateways), port=service_port))
        if gateway_up:
            stack.enter_context(serving(sandbox.app(), port=gateway_port))
        if running and gateway_up:
            sandbox.start()
            stack.callback(sandbox.stop)
        for gateway in gateways.values():
            stack.callback(gateway.close)
        yield Messaging(database, clock, here, there, sandbox, gateways, senders_of(gateways, database, clock))

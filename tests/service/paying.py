"""A borrower with a bill, the service's payment routes, and the sandbox gateway, each behind real HTTP."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, select

from service.api import errors, payments, quotes
from service.db.engine import Database
from service.db.tables.loan import journal_entry, receipt
from service.db.tables.payment import payment_callback, payment_order
from service.domain.days import business_date
from service.domain.errors import Unavailable
from service.domain.loan.payment_order import GatewayAnswer
from service.domain.loan.products import Products, parse_products
from service.payments.gateway import HttpGateway
from service.payments.sandbox import Sandbox
from service.payments.signing import HEADER, signature
from service.usecases.chat.conversation import open_conversation
from service.usecases.loan.disburse import disburse
from service.usecases.loan.open_line import open_line
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.loan.settle_payment import Settlement
from service.usecases.ports import FrozenClock
from tests.ports import free_port
from tests.service.loan.ledger import CAPS
from tests.service.serving import serving

KEY = "a-key-shared-with-the-gateway"
TOKEN = "service-token"
BORROWER = "demo-overdue-5"
CALLBACKS = "/loan/payment-callbacks"


def products() -> Products:
    table = Path(__file__).parents[2] / "service/policy/products.toml"
    return parse_products(tomllib.loads(table.read_text(encoding="utf-8")))


def lend(database: Database, *, clock: FrozenClock, borrower_id: str = BORROWER) -> str:
    """A loan whose first instalment is five days overdue; returns the borrower's logged-in conversation."""
    now, table = clock.now(), products()
    first_due = business_date(now) - timedelta(days=5)
    with database.transaction() as conn:
        register_borrower(conn, borrower_id=borrower_id, name="周谷雨", phone="19900000005", now=now)
        open_line(conn, borrower_id=borrower_id, product_code="appliance", limit_fen=2_000_000, now=now, products=table)
        disburse(
            conn,
            price_caps=CAPS,
            loan_id=f"loan-{borrower_id}",
            borrower_id=borrower_id,
            product_code="appliance",
            principal_fen=600_000,
            periods=12,
            disbursed_on=first_due - timedelta(days=31),
            purpose="家电分期·云朵冰箱",
            products=table,
            now=now,
        )
    return log_in(database, borrower_id, now=now)


def log_in(database: Database, borrower_id: str, *, now: datetime) -> str:
    with database.transaction() as conn:
        who = {"borrower_id": borrower_id, "verified_until": now + timedelta(minutes=30)}
        return open_conversation(conn, channel="inapp", channel_user_id=borrower_id, now=now, **who).id


class Unheard:
    """A gateway whose answers are all lost."""

    def create(self, *, order_id: str, borrower_id: str, amount_fen: int, card: str = "") -> GatewayAnswer:
        raise Unavailable(f"no answer for {order_id} of {borrower_id} over {amount_fen}")

    def query(self, *, order_id: str) -> GatewayAnswer:
        raise Unavailable(f"no answer for {order_id}")


@dataclass
class World:
    """The service and its gateway. `told` collects what the hooks were given."""

    database: Database
    clock: FrozenClock
    conversation_id: str
    gateway: HttpGateway
    sandbox: Sandbox
    service: str
    told: list[Settlement] = field(default_factory=list)

    def pay(self, key: str = "c:m:repay", conversation_id: str = "", **wish: Any) -> httpx.Response:
        return httpx.post(
            f"{self.service}/loan/conversations/{conversation_id or self.conversation_id}/payments",
            json=wish,
            headers={"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": key},
            timeout=15,
        )

    def order(self, order_id: str) -> dict[str, Any]:
        url = f"{self.service}/loan/conversations/{self.conversation_id}/payments/{order_id}"
        found: dict[str, Any] = httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status().json()
        return found

    def state(self, order_id: str) -> str:
        return str(self.order(order_id)["state"])

    def posted(self) -> list[int]:
        """The amounts of the receipts on the ledger."""
        with self.database.reading() as conn:
            return list(conn.execute(select(receipt.c.amount_fen)).scalars())

    def journal(self) -> int:
        with self.database.reading() as conn:
            return len(conn.execute(select(journal_entry.c.id)).all())

    def orders(self) -> list[str]:
        with self.database.reading() as conn:
            return list(conn.execute(select(payment_order.c.id)).scalars())

    def callbacks(self) -> list[tuple[str, str]]:
        with self.database.reading() as conn:
            kept = select(payment_callback.c.told, payment_callback.c.step).order_by(payment_callback.c.received_at)
            return [(row.told, row.step) for row in conn.execute(kept)]

    def tell(self, order_id: str, *, key: str = KEY, seconds_ago: int = 0, **outcome: Any) -> httpx.Response:
        """A callback as the gateway would send it, signed with `key` so long ago."""
        told = {"callback_id": f"cb-{order_id}", "order_id": order_id} | outcome
        body = json.dumps(told).encode()
        at = int(self.clock.now().timestamp()) - seconds_ago
        signed = signature(key=key, timestamp=at, method="POST", path=CALLBACKS, body=body)
        headers = {HEADER: signed, "Content-Type": "application/json"}
        return httpx.post(self.service + CALLBACKS, content=body, headers=headers, timeout=15)


def sandbox_at(path: Path, *, clock: FrozenClock, callback_url: str, delay_seconds: float = 0.1) -> Sandbox:
    return Sandbox(
        key=KEY,
        callback_url=callback_url,
        database_path=path,
        clock=clock,
        delay_seconds=delay_seconds,
        retry_seconds=0.1,
    )


@contextmanager
def world(
    database: Database, *, clock: FrozenClock, folder: Path, running: bool = True, delay_seconds: float = 0.1
) -> Iterator[World]:
    """Everything started; `running=False`: the gateway takes orders but neither pays nor calls back."""
    told: list[Settlement] = []
    service_port, gateway_port = free_port(), free_port()
    callback_url = f"http://127.0.0.1:{service_port}{CALLBACKS}"
    sandbox = sandbox_at(folder / "pay.db", clock=clock, callback_url=callback_url, delay_seconds=delay_seconds)
    gateway = HttpGateway(base_url=f"http://127.0.0.1:{gateway_port}/sandbox/pay", key=KEY, clock=clock)
    bank = FastAPI()
    bank.mount("/sandbox/pay", sandbox.app())

    def hook(_conn: Connection, settlement: Settlement) -> None:
        told.append(settlement)

    app = FastAPI()
    errors.install(app)
    app.include_router(payments.router)
    app.include_router(quotes.router)
    app.state.services = SimpleNamespace(
        database=database,
        clock=clock,
        gateway=gateway,
        after_payment=(hook,),
        settings=SimpleNamespace(service_token=TOKEN),
    )
    conversation_id = lend(database, clock=clock)
    with ExitStack() as stack:
        stack.callback(gateway.close)
        stack.enter_context(serving(bank, port=gateway_port))
        service = stack.enter_context(serving(app, port=service_port))
        assert urlsplit(service).port == service_port
        if running:
            sandbox.start()
        stack.callback(sandbox.stop)
        yield World(database, clock, conversation_id, gateway, sandbox, service, told)

"""The whole application over a seeded ledger, with every token that opens one of its doors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from service.api.chat_tokens import mint
from service.db.engine import Database
from service.demo.seed import seed
from service.domain.desk.agent_token import TokenRole
from service.settings import Settings
from service.usecases.chat.receive import receive
from service.usecases.collect.open_stops import open_stops
from service.usecases.collect.pause import pause
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.issue_token import issue_token
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import Services, build

BORROWER = "demo-overdue-5"
APPLICATION_LINE = f"line:{BORROWER}:cash"
SERVICE_TOKEN = "service-token"
APP_KEY = "k" * 32
GATEWAY_KEY = "g" * 32
WECHAT_APP, WECHAT_TOKEN = "wx0123456789abcdef", "token"
WECHAT_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True)
class WholeApi:
    """`conversation_id` is verified for BORROWER, whose token is `borrower_token`; a higher limit was refused him in
    `application_id`. `agent_token` is an operator's."""

    app: FastAPI
    services: Services
    conversation_id: str
    borrower_token: str
    agent_token: str
    application_id: str


def settings(database: Database, folder: Path, *, port: int) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database.url,
        service_port=port,
        service_token=SERVICE_TOKEN,
        bot_token="bot-token",
        app_signing_key=APP_KEY,
        statement_key="s" * 32,
        console_signing_key="c" * 32,
        console_password="password-of-the-tests",
        payment_gateway_key=GATEWAY_KEY,
        wechat_api_url="http://127.0.0.1:9",  # nobody listens: without an address the callback is not there
        wechat_app_id=WECHAT_APP,
        wechat_app_secret="secret",
        wechat_token=WECHAT_TOKEN,
        wechat_aes_key=WECHAT_AES_KEY,
    )


@contextmanager
def whole_api(database: Database, *, clock: FrozenClock, folder: Path, port: int = 9) -> Iterator[WholeApi]:
    """Without its lifespan: no workers, no scheduler. Served at `port`, it finds its sandbox gateway there."""
    services = build(settings(database, folder, port=port), clock=clock)
    seed(
        services.database,
        clock=clock,
        products=services.products,
        price_caps=services.price_caps,
        borrowers=12,
        pause=pause,
    )
    now = clock.now()
    who = {"borrower_id": BORROWER, "verified_until": now + timedelta(hours=1)}
    with services.database.transaction() as conn:
        said = receive(conn, channel="inapp", channel_user_id=BORROWER, message_id="first", text="你好", now=now, **who)
        ensure_agent(conn, agent_id="苏禾", name="苏禾", password="not-needed-here", now=now)
        lasts = timedelta(days=1)
        agent_token, _ = issue_token(conn, name="苏禾", role=TokenRole.OPERATOR, lasts=lasts, now=now)
    refused = apply_for_limit(
        services.database,
        borrower_id=BORROWER,
        conversation_id=said.conversation_id,
        line_id=APPLICATION_LINE,
        asked_fen=None,
        key="seed",
        stops=open_stops,
        rules=services.limit_rules,
        clock=clock,
    )
    token = mint(subject=BORROWER, key=APP_KEY, now=now, lifetime=timedelta(hours=1))
    app = create_app(services, with_scheduler=False)
    yield WholeApi(app, services, said.conversation_id, token, agent_token, refused.id)
    services.close()

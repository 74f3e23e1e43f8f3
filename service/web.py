"""The service as one application: its routes, its pages, its workers, and in a demo the sandboxes beside them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from service.api import (
    accounts,
    autopay,
    calls,
    channels,
    chat,
    collect,
    contact_hours,
    credit_line,
    credit_lines,
    demo_login,
    desk,
    errors,
    figures,
    hardship,
    knowledge,
    ledger,
    legal_file,
    loan,
    matters,
    openapi,
    operate,
    payment_files,
    payments,
    prices,
    problems,
    queue,
    quotes,
    statements,
    stops,
    wechat,
    wechat_binding,
)
from service.api.answers import Health
from service.api.bodies import BoundedBodies
from service.api.headers import SafeHeaders
from service.channels.sandbox.behaviour import Behaviour, read_behaviours
from service.channels.sandbox.phones import PhoneSandbox
from service.channels.sandbox.store import Store
from service.channels.wechat.standin import WechatStandin
from service.console import app as console
from service.demo.cast import CAST
from service.domain.desk.handover import AgentRole
from service.domain.errors import Unavailable
from service.payments.sandbox import Sandbox
from service.scheduler import Ticker
from service.settings import Settings
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.hand_over import hand_over_and_tell
from service.usecases.ports import Clock
from service.wiring import SANDBOX_PAY, SANDBOX_PHONES, SANDBOX_WECHAT, Services, build, phone_credentials
from service.worker import Worker

DEMO_AGENT = "demo"
# FastAPI's own pages load their scripts from a CDN; the description itself is at /openapi.json.
NO_PAGES_FROM_ELSEWHERE: dict[str, Any] = {"docs_url": None, "redoc_url": None}


def create_app(services: Services, *, with_scheduler: bool = True) -> FastAPI:
    """The application around parts that `wiring` put together. Its lifespan starts and stops everything."""
    sandbox = _sandbox(services) if services.settings.sandbox_pays else None
    phones = phone_sandbox(services.settings, clock=services.clock) if services.settings.stands_in_for_phones else None
    sandboxes = [one for one in (sandbox, phones) if one is not None]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker = _worker(services)
        ticker = Ticker(services) if with_scheduler else None
        worker.start()
        if ticker:
            ticker.start()
        for one in sandboxes:
            one.start()
        yield
        for one in sandboxes:
            one.stop()
        if ticker:
            ticker.stop()
        worker.stop()
        services.close()

    app = FastAPI(
        title="小清 Xiaoqing",
        summary="消费金融的中文智能助手",
        lifespan=lifespan,
        generate_unique_id_function=openapi.operation_id,
        **NO_PAGES_FROM_ELSEWHERE,
    )
    app.state.services = services
    app.add_middleware(BoundedBodies)
    app.add_middleware(SafeHeaders)
    errors.install(app)
    openapi.install(app)
    for router in (
        problems.router,
        loan.router,
        credit_line.router,
        quotes.router,
        payments.router,
        payment_files.router,
        collect.router,
        calls.router,
        stops.router,
        contact_hours.router,
        queue.router,
        figures.router,
        hardship.router,
        ledger.router,
        operate.router,
        accounts.router,
        credit_lines.router,
        knowledge.router,
        desk.router,
        channels.router,
        matters.router,
        autopay.router,
        legal_file.router,
        wechat.router,
        wechat_binding.router,
    ):
        app.include_router(router)
    statements.install(app)
    chat.install(app)
    prices.install(app)
    console.install(app)
    app.add_api_route("/health", _health(services), methods=["GET"])
    app.add_api_route("/", lambda: RedirectResponse("/chat"), methods=["GET"], include_in_schema=False)
    if services.settings.demo:
        _install_demo(app, services)
    # Each knows the secrets of what it stands in for, and would vouch for anything: never beside the real one.
    if sandbox:
        app.mount(SANDBOX_PAY, _speaking_problems(sandbox.app()))
    if phones:
        app.mount(SANDBOX_PHONES, _speaking_problems(phones.app()))
    if services.settings.stands_in_for_wechat:
        app.mount(SANDBOX_WECHAT, _speaking_problems(_wechat_standin(services).app()))
    return app


def _health(services: Services) -> Callable[[], Health]:
    def health() -> Health:
        """200 where the database answers; the other processes have health checks of their own."""
        try:
            with services.database.reading() as conn:
                conn.exec_driver_sql("SELECT 1")
        except Exception:
            raise Unavailable("数据库没有响应，请稍后再试。") from None
        return Health(status="ok")

    return health


def _worker(services: Services) -> Worker:
    return Worker(
        database=services.database,
        clock=services.clock,
        understander=services.understander,
        bell=services.bell,
        senders=services.turn_senders,
        hand_over=partial(hand_over_and_tell, hours=services.desk_hours),
        threads=services.settings.workers,
    )


def _sandbox(services: Services) -> Sandbox:
    settings = services.settings
    return Sandbox(
        key=settings.payment_gateway_key,
        callback_url=f"{settings.service_url}/loan/payment-callbacks",
        database_path=settings.data_dir / "sandbox_pay.db",
        clock=services.clock,
        delay_seconds=settings.payment_delay_seconds,
    )


def phone_sandbox(
    settings: Settings, *, clock: Clock, behaviours: Mapping[str, Behaviour] | None = None, seed: int = 7
) -> PhoneSandbox:
    """The gateway of messages and calls that ships with this project; without `behaviours`, as its own file says."""
    return PhoneSandbox(
        credentials=phone_credentials(settings),
        callback_url=settings.service_url,
        store=Store(settings.data_dir / "sandbox_phones.db"),
        clock=clock,
        behaviours=read_behaviours() if behaviours is None else behaviours,
        seed=seed,
    )


def _wechat_standin(services: Services) -> WechatStandin:
    settings = services.settings
    return WechatStandin(
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret,
        token=settings.wechat_token,
        aes_key=settings.wechat_aes_key,
        callback_url=f"{settings.service_url}/wechat/callback",
        database_path=settings.data_dir / "sandbox_wechat.db",
        clock=services.clock,
    )


def _install_demo(app: FastAPI, services: Services) -> None:
    """The log-in page for the cast, and an agent for the console."""
    settings = services.settings
    demo_login.install(app, cast=CAST)
    if settings.console_password:
        with services.database.transaction() as conn:
            ensure_agent(
                conn,
                agent_id=DEMO_AGENT,
                name=DEMO_AGENT,
                password=settings.console_password,
                role=AgentRole.ADMIN,
                now=services.clock.now(),
            )


def _speaking_problems(app: FastAPI) -> FastAPI:
    errors.install(app)
    return app


def run(settings: Settings, *, host: str | None = None, port: int | None = None, with_scheduler: bool = True) -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for noisy in ("apscheduler", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    uvicorn.run(
        create_app(build(settings), with_scheduler=with_scheduler),
        host=host or settings.service_host,
        port=port or settings.service_port,
        log_level="warning",
        access_log=False,  # query strings carry signatures, and a log of who asked when is personal data
        timeout_graceful_shutdown=3,  # open event streams have no end of their own
        ws="none",  # nothing here speaks it, and Rasa's pin of websockets is too old for uvicorn
    )

"""Puts the real parts together: database, clock, policy tables, bot client, gateway and channels."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from service.channels.bot import HttpUnderstander
from service.channels.inapp import InAppSender
from service.channels.wechat.api import WechatApi, WechatSender
from service.channels.wechat.callback import WechatInbox
from service.db.engine import Database
from service.domain.collect.policy import Policy, parse_policy
from service.domain.days import business_date
from service.domain.desk.hours import Hours, hours_from
from service.domain.loan.products import Products, parse_products
from service.payments.gateway import HttpGateway
from service.settings import ROOT, Settings
from service.usecases.chat.bell import Bell
from service.usecases.chat.deliver import TurnSender
from service.usecases.chat.say import say_to_borrower
from service.usecases.chat.tell_receipt import tell_receipt
from service.usecases.collect.reconcile_promises import reconcile_promises
from service.usecases.loan.settle_payment import Hook, Settlement
from service.usecases.ports import Clock, SystemClock, Understander

POLICY = ROOT / "service" / "policy"
SANDBOX_PAY, SANDBOX_WECHAT = "/sandbox/pay", "/sandbox/wechat"


@dataclass(slots=True)
class Services:
    """Everything that HTTP routes, workers and the scheduler are given."""

    settings: Settings
    database: Database
    clock: Clock
    products: Products
    policy: Policy
    desk_hours: Hours
    bell: Bell
    understander: Understander
    gateway: HttpGateway
    wechat: WechatInbox | None
    turn_senders: Mapping[str, TurnSender]
    outreach_senders: Mapping[str, Any]
    after_payment: tuple[Hook, ...]

    def close(self) -> None:
        """Give back connections; nothing may be asked of the parts afterwards."""
        self.gateway.close()
        self.database.close()


def read_policy(name: str, folder: Path = POLICY) -> dict[str, Any]:
    """One policy table as TOML gives it. Raises FileNotFoundError or tomllib.TOMLDecodeError (with the line)."""
    with (folder / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def build(settings: Settings, *, clock: Clock | None = None) -> Services:
    """The parts as `settings` say. `clock` replaces the machine's where time must stand still."""
    clock = clock or SystemClock(timedelta(seconds=settings.clock_offset_seconds))
    database, bell = Database(settings.database), Bell()
    wechat_senders, wechat_inbox = _wechat(settings, clock)
    return Services(
        settings=settings,
        database=database,
        clock=clock,
        products=parse_products(read_policy("products")),
        policy=parse_policy(
            compliance=read_policy("compliance"),
            strategy=read_policy("strategy"),
            templates=read_policy("templates"),
            holidays=read_policy("holidays"),
        ),
        desk_hours=hours_from(read_policy("desk")),
        bell=bell,
        understander=HttpUnderstander(base_url=settings.bot_url, token=settings.bot_token),
        gateway=HttpGateway(
            base_url=settings.payment_gateway_url or settings.service_url + SANDBOX_PAY,
            key=settings.payment_gateway_key,
            clock=clock,
        ),
        wechat=wechat_inbox,
        turn_senders=wechat_senders,
        outreach_senders={"inapp": InAppSender(say=_say_in_app(database, clock, bell))},
        after_payment=(_keep_promises(clock), _tell(clock)),
    )


def _wechat(settings: Settings, clock: Clock) -> tuple[Mapping[str, TurnSender], WechatInbox | None]:
    """The channel where it is configured: with an address of the platform, or with the stand-in of the demo."""
    base_url = settings.wechat_api_url or (settings.service_url + SANDBOX_WECHAT if settings.demo else "")
    if not (base_url and settings.wechat_app_id and settings.wechat_token and settings.wechat_aes_key):
        return {}, None
    api = WechatApi(
        base_url=base_url, app_id=settings.wechat_app_id, app_secret=settings.wechat_app_secret, clock=clock
    )
    keys = tuple(key for key in (settings.wechat_aes_key, settings.wechat_previous_aes_key) if key)
    inbox = WechatInbox(token=settings.wechat_token, aes_keys=keys, app_id=settings.wechat_app_id, clock=clock)
    return {"wechat": WechatSender(api)}, inbox


def _keep_promises(clock: Clock) -> Hook:
    def hook(conn: Connection, settlement: Settlement) -> None:
        if settlement.receipt is not None:
            now = clock.now()
            reconcile_promises(conn, borrower_id=settlement.order.borrower_id, now=now, today=business_date(now))

    return hook


def _tell(clock: Clock) -> Hook:
    def hook(conn: Connection, settlement: Settlement) -> None:
        tell_receipt(conn, settlement, now=clock.now())

    return hook


def _say_in_app(database: Database, clock: Clock, bell: Bell) -> Callable[..., int]:
    def say(**turn: Any) -> int:
        with database.transaction() as conn:
            turn_id = say_to_borrower(conn, now=clock.now(), **turn)
        bell.ring()
        return turn_id

    return say

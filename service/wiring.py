"""Puts the real parts together: database, clock, policy tables, bot client, gateway and channels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from service.channels.bot import HttpUnderstander
from service.channels.gateway.client import MessageGateway
from service.channels.gateway.wire import Credentials
from service.channels.inapp import InAppSender
from service.channels.sms.sender import SmsSender
from service.channels.voice.sender import VoiceSender
from service.channels.wechat.api import WechatApi, WechatSender
from service.channels.wechat.callback import WechatInbox
from service.channels.wechat.outreach import Notice, NoticeSender, WindowSender
from service.db.engine import Database
from service.domain.chat.figures import Tables, figures_from
from service.domain.chat.knowledge import Knowledge, parse_knowledge
from service.domain.chat.wechat_binding import Ended
from service.domain.collect.policy import Policy, parse_policy
from service.domain.collect.promise import Cause, Why
from service.domain.days import business_date
from service.domain.desk.hours import Hours, hours_from
from service.domain.desk.matter import MatterKind, answer_days
from service.domain.loan.file_policy import FilePolicy, parse_file_policy
from service.domain.loan.hardship_policy import HardshipPolicy, parse_hardship_policy
from service.domain.loan.limit_rules import LimitRules, parse_limit_rules
from service.domain.loan.payment_order import OrderState
from service.domain.loan.price_caps import PriceCaps, check_prices, parse_price_caps
from service.domain.loan.products import Products, parse_products
from service.domain.rows import PolicyTable, parse_table
from service.learning.propensity import UnknownModel, load
from service.payments.gateway import HttpGateway
from service.settings import ROOT, Settings
from service.usecases.chat.bell import Bell
from service.usecases.chat.bind_wechat import PLATFORM, end_binding
from service.usecases.chat.deliver import TurnSender
from service.usecases.chat.keep_consents import withdraw_consents
from service.usecases.chat.say import note_in_wechat, say_to_borrower
from service.usecases.chat.tell_receipt import tell_receipt
from service.usecases.collect.reconcile_promises import keep_with, reconcile_promises
from service.usecases.collect.send import OutreachSender
from service.usecases.desk.check_mismatch import check_mismatch
from service.usecases.loan.settle_payment import Hook, Settlement
from service.usecases.ports import Clock, Scorer, SystemClock

log = logging.getLogger("xiaoqing.policy")

POLICY = ROOT / "service" / "policy"
SANDBOX_PAY, SANDBOX_WECHAT, SANDBOX_PHONES = "/sandbox/pay", "/sandbox/wechat", "/sandbox/phones"


@dataclass(slots=True)
class Services:
    """Everything that HTTP routes, workers and the scheduler are given."""

    settings: Settings
    database: Database
    clock: Clock
    products: Products
    price_caps: PriceCaps
    limit_rules: LimitRules
    hardship: HardshipPolicy
    bank_files: FilePolicy
    policy: Policy
    scorer: Scorer | None
    knowledge: Knowledge
    desk_hours: Hours
    answer_days: Mapping[MatterKind, int]
    bell: Bell
    understander: HttpUnderstander
    gateway: HttpGateway
    wechat: WechatInbox | None
    wechat_api: WechatApi | None
    turn_senders: Mapping[str, TurnSender]
    outreach_senders: Mapping[str, OutreachSender]
    message_gateways: Mapping[str, MessageGateway]
    after_payment: tuple[Hook, ...]

    def close(self) -> None:
        """Give back connections; nothing may be asked of the parts afterwards."""
        self.gateway.close()
        for one in self.message_gateways.values():
            one.close()
        self.understander.close()
        if self.wechat_api is not None:
            self.wechat_api.close()
        self.database.close()


def read_policy(name: str, folder: Path = POLICY) -> PolicyTable:
    """One policy table as TOML gives it. Raises FileNotFoundError or tomllib.TOMLDecodeError (with the line)."""
    return parse_table((folder / f"{name}.toml").read_text(encoding="utf-8"))


def read_collection(folder: Path = POLICY) -> dict[str, Any]:
    """All tables of collection, by the names that `parse_policy` has for them."""
    names = ("compliance", "strategy", "templates", "holidays", "costs", "learning", "experiments", "queue")
    challengers = sorted(path.stem for path in (folder / "strategies").glob("*.toml"))
    return {
        **{name: read_policy(name, folder) for name in names},
        "challengers": {name: read_policy(f"strategies/{name}", folder) for name in challengers},
    }


def read_products(*, today: date, folder: Path = POLICY) -> tuple[Products, PriceCaps]:
    """What is lent and what it may cost, the one held against the other on `today`. Raises ProductTableError where a
    product is over a cap that binds, PolicyError; what is over guidance, or over a later cap, goes to the log."""
    products = parse_products(read_policy("products", folder))
    caps = parse_price_caps(read_policy("price_caps", folder))
    for breach in check_prices(products, caps, day=today):
        log.warning("%s", breach)
    return products, caps


def read_knowledge(tables: Tables, *, today: date, folder: Path = POLICY) -> Knowledge:
    """The clauses of every subject, with the numbers of the other tables. Raises PolicyError naming file and clause."""
    names = sorted(path.stem for path in (folder / "knowledge").glob("*.toml"))
    return parse_knowledge(
        read_policy("knowledge", folder),
        {name: read_policy(f"knowledge/{name}", folder) for name in names},
        institution=tables.policy.templates.institution,
        figures=figures_from(tables),
        wording=tables.policy.wording,
        today=today,
    )


def read_model(settings: Settings) -> Scorer | None:
    """The model of propensity where one was trained; one that cannot be used is told of, and rules decide."""
    try:
        return load(settings.propensity_model)
    except UnknownModel as wrong:
        log.warning("%s", wrong)
        return None


def build(settings: Settings, *, clock: Clock | None = None) -> Services:
    """The parts as `settings` say. `clock` replaces the machine's where time must stand still."""
    clock = clock or SystemClock(timedelta(seconds=settings.clock_offset_seconds))
    today = business_date(clock.now())
    products, price_caps = read_products(today=today)
    policy = parse_policy(**read_collection())
    limit_rules = parse_limit_rules(read_policy("limit_rules"))
    hardship = parse_hardship_policy(read_policy("hardship"))
    database, bell, desk_hours = Database(settings.database), Bell(), hours_from(read_policy("desk"))
    wechat_api, wechat_inbox = _wechat(settings, clock)
    gateways = _message_gateways(settings, clock)
    return Services(
        settings=settings,
        database=database,
        clock=clock,
        products=products,
        price_caps=price_caps,
        limit_rules=limit_rules,
        hardship=hardship,
        bank_files=parse_file_policy(read_policy("bank_files")),
        policy=policy,
        scorer=read_model(settings),
        knowledge=read_knowledge(
            Tables(products, price_caps, policy, limit_rules, hardship, str(desk_hours)), today=today
        ),
        desk_hours=desk_hours,
        answer_days=answer_days(read_policy("desk")),
        bell=bell,
        understander=HttpUnderstander(base_urls=settings.bot_urls, token=settings.bot_token),
        gateway=HttpGateway(
            base_url=settings.payment_gateway_url or settings.service_url + SANDBOX_PAY,
            key=settings.payment_gateway_key,
            clock=clock,
        ),
        wechat=wechat_inbox,
        wechat_api=wechat_api,
        turn_senders={"wechat": WechatSender(wechat_api)} if wechat_api else {},
        outreach_senders=_outreach_senders(gateways, policy, say=_keeping(database, clock, bell, say_to_borrower))
        | _wechat_senders(wechat_api, _notice(settings, policy), database, clock, bell),
        message_gateways=gateways,
        after_payment=(_keep_promises(clock), _tell(clock, desk_hours)),
    )


def _wechat(settings: Settings, clock: Clock) -> tuple[WechatApi | None, WechatInbox | None]:
    """The channel where it is configured: with an address of the platform, or with the stand-in of the demo."""
    standin = settings.service_url + SANDBOX_WECHAT if settings.stands_in_for_wechat else ""
    base_url = settings.wechat_api_url or standin
    if not (base_url and settings.wechat_app_id and settings.wechat_token and settings.wechat_aes_key):
        return None, None
    api = WechatApi(
        base_url=base_url, app_id=settings.wechat_app_id, app_secret=settings.wechat_app_secret, clock=clock
    )
    keys = tuple(key for key in (settings.wechat_aes_key, settings.wechat_previous_aes_key) if key)
    inbox = WechatInbox(token=settings.wechat_token, aes_keys=keys, app_id=settings.wechat_app_id, clock=clock)
    return api, inbox


def phone_credentials(settings: Settings) -> dict[str, Credentials]:
    """Of the channels that go to a phone, those whose secret is known."""
    known = {
        "sms": Credentials(settings.sms_key, settings.sms_secret),
        "voice": Credentials(settings.voice_key, settings.voice_secret),
    }
    return {channel: one for channel, one in known.items() if one.key and one.secret}


def _message_gateways(settings: Settings, clock: Clock) -> dict[str, MessageGateway]:
    """The channels that are configured: with an address, or in a demo with the sandbox."""
    sandbox = settings.service_url + SANDBOX_PHONES if settings.stands_in_for_phones else ""
    addresses = {"sms": settings.sms_url, "voice": settings.voice_url}
    return {
        channel: MessageGateway(channel=channel, base_url=url, credentials=who, clock=clock)
        for channel, who in phone_credentials(settings).items()
        if (url := addresses[channel] or (f"{sandbox}/{channel}" if sandbox else ""))
    }


def _outreach_senders(
    gateways: Mapping[str, MessageGateway], policy: Policy, *, say: Callable[..., int]
) -> dict[str, OutreachSender]:
    """By channel; what is not here is not offered, and nothing is planned for it."""
    senders: dict[str, OutreachSender] = {"inapp": InAppSender(say=say)}
    if sms := gateways.get("sms"):
        senders["sms"] = SmsSender(sms, say=say)
    described = policy.rules.channel("voice")
    if (voice := gateways.get("voice")) and described is not None:
        senders["voice"] = VoiceSender(voice, lasts=described.lasts)
    return senders


def _keep_promises(clock: Clock) -> Hook:
    def hook(conn: Connection, settlement: Settlement) -> None:
        of, now = settlement.order.borrower_id, clock.now()
        if settlement.receipt is not None:
            keep_with(conn, borrower_id=of, payment_id=settlement.receipt.payment_id, now=now)
        elif settlement.order.state is OrderState.FAILED:  # nothing is waited for any more
            reconcile_promises(conn, borrower_id=of, why=Why(Cause.DAY_OVER), now=now, today=business_date(now))

    return hook


def _tell(clock: Clock, desk_hours: Hours) -> Hook:
    def hook(conn: Connection, settlement: Settlement) -> None:
        if settlement.mismatch_fen is not None:
            check_mismatch(conn, settlement, hours=desk_hours, now=clock.now())
        else:
            tell_receipt(conn, settlement, now=clock.now())

    return hook


def _notice(settings: Settings, policy: Policy) -> Notice | None:
    """What borrowers may subscribe to, where it is configured. Raises ValueError where it has other fields than the
    texts have lines: each of them would be refused."""
    channel = policy.rules.channel("subscription")
    if channel is None or not settings.notice_template:
        return None
    if len(settings.wechat_notice_fields) != channel.fields:
        raise ValueError(f"XIAOQING_WECHAT_NOTICE_FIELDS must name {channel.fields} fields, as compliance.toml says")
    return Notice(settings.notice_template, settings.wechat_notice_fields)


def _wechat_senders(
    api: WechatApi | None, notice: Notice | None, database: Database, clock: Clock, bell: Bell
) -> dict[str, OutreachSender]:
    if api is None:
        return {}

    def gone(openid: str) -> None:
        with database.transaction() as conn:
            end_binding(conn, openid, by=PLATFORM, why=Ended.UNREACHABLE, now=clock.now())

    say = _keeping(database, clock, bell, note_in_wechat)
    senders: dict[str, OutreachSender] = {"wechat": WindowSender(api, clock, say=say, gone=gone)}
    if notice is not None:
        template_id = notice.template_id

        def withdrawn(openid: str) -> None:
            with database.transaction() as conn:
                withdraw_consents(conn, openid=openid, by=PLATFORM, template_id=template_id, now=clock.now())

        in_app = _keeping(database, clock, bell, say_to_borrower)
        senders["subscription"] = NoticeSender(api, clock, notice, say=in_app, gone=gone, withdrawn=withdrawn)
    return senders


def _keeping(database: Database, clock: Clock, bell: Bell, keep: Callable[..., int]) -> Callable[..., int]:
    """`keep` as a sender calls it: a transaction of its own, after which whoever listens is told."""

    def say(**turn: Any) -> int:
        with database.transaction() as conn:
            turn_id = keep(conn, now=clock.now(), **turn)
        bell.ring()
        return turn_id

    return say

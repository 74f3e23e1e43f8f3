"""The whole service with the stand-ins for WeChat and phones, by a clock that stands still; the bot is not needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
from sqlalchemy import select

from service.db.engine import Database
from service.db.tables.contact import contact_attempt
from service.db.wechat import consents_left
from service.scheduler import tick_once
from service.settings import Settings
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import Services, build
from tests.ports import free_port
from tests.service.collecting import at, for_everybody_alike, owe, rows
from tests.service.serving import eventually, serving
from tests.service.talking import turns

OPENID = "o-1"
KEY = "app-signing-key-of-the-tests-0123456789"
NOTICE = "notice-template"
DAY = 7  # strategy.toml puts WeChat first on this day of being overdue


@dataclass
class World:
    """Borrower b1, his phone with WeChat, the lender's app and the scheduler."""

    services: Services
    url: str
    clock: FrozenClock

    @property
    def database(self) -> Database:
        return self.services.database

    def owes(self, *, days: int = DAY) -> None:
        """At ten in the morning his first instalment is so many days overdue."""
        at(self.clock, "10:00")
        owe(self.database, clock=self.clock, days=days)

    def wechat(self, path: str, **body: Any) -> dict[str, Any]:
        """The platform's stand-in, as its user."""
        answer = httpx.post(f"{self.url}/sandbox/wechat{path}", json={"openid": OPENID, **body}, timeout=20)
        return dict(answer.raise_for_status().json())

    def says(self, text: str) -> None:
        assert self.wechat("/say", text=text)["tries"] == ["success"]

    def read(self) -> list[str]:
        """What came to his WeChat."""
        answer = httpx.get(f"{self.url}/sandbox/wechat/sent", params={"openid": OPENID}, timeout=20)
        return [one["text"] for one in answer.raise_for_status().json()["sent"]]

    def notices(self) -> list[str]:
        """What came to his WeChat as a notice."""
        answer = httpx.get(f"{self.url}/sandbox/wechat/notices", params={"openid": OPENID}, timeout=20)
        return [one["text"] for one in answer.raise_for_status().json()["notices"]]

    def allows(self, times: int = 1, *, template: str = NOTICE) -> None:
        for _ in range(times):
            self.clock.instant += timedelta(seconds=1)
            assert self.wechat("/subscribe", template=template)["tries"] == ["success"]

    def fails(self, errcode: int, *, times: int = 1) -> None:
        """What the platform answers to the next messages."""
        self.wechat("/fail", errcode=errcode, times=times)

    def left(self) -> int:
        with self.database.reading() as conn:
            return consents_left(conn, ["b1"], channel="subscription").get("b1", 0)

    def app(self, method: str, path: str, *, who: str = "b1") -> httpx.Response:
        now = self.clock.now()
        claims = {"sub": who, "aud": "xiaoqing-chat", "iat": now, "exp": now + timedelta(minutes=30)}
        headers = {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='HS256')}"}
        return httpx.request(method, f"{self.url}/chat{path}", headers=headers, timeout=20)

    def binds(self) -> None:
        code = self.app("POST", "/wechat/code").raise_for_status().json()
        before = len(self.read())
        self.says(code["say"])
        eventually(lambda: len(self.read()) > before)
        assert "绑定成功" in self.read()[-1]

    def tick(self) -> None:
        done = tick_once(self.services)
        assert not [one for one in done.values() if str(one).startswith("失败")], done

    def outreach(self) -> list[tuple[str, str]]:
        """(channel, state), oldest first."""
        return [(row["channel"], row["state"]) for row in rows(self.database)]

    def passed_over(self) -> dict[str, str]:
        return dict(rows(self.database)[-1]["basis"].get("passed_over", {}))

    def attempts(self) -> list[tuple[str, str]]:
        with self.database.reading() as conn:
            kept = select(contact_attempt.c.channel, contact_attempt.c.outcome).order_by(contact_attempt.c.at)
            return [(row.channel, row.outcome) for row in conn.execute(kept)]

    def told_in(self, channel: str) -> list[str]:
        return [one.text for one in turns(self.database, channel=channel, sender="outreach")]


@contextmanager
def wechat_world(database: Database, *, clock: FrozenClock, folder: Path, **more: Any) -> Iterator[World]:
    port = free_port()
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database.url,
        service_port=port,
        bot_port=free_port(),
        app_signing_key=KEY,
        service_token="service",
        demo=True,
        payment_gateway_key="gateway-key-of-the-tests",
        wechat_app_id="wx0123456789abcdef",
        wechat_app_secret="secret-of-the-tests",
        wechat_token="token-of-the-tests",
        wechat_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        sms_key="sms",
        sms_secret="sms-secret",
        wechat_notice_template=NOTICE,
        **more,
    )
    services = build(settings, clock=clock)
    alike = replace(services.policy, strategy=for_everybody_alike().strategy)
    services.policy = replace(alike, learning=replace(alike.learning, rules=()))  # the usual channel, none tried out
    with serving(create_app(services, with_scheduler=False), port=port, lifespan="on") as url:
        yield World(services, url, clock)

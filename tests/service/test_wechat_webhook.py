"""WeChat's webhook over HTTP, pushed to by the stand-in: kept once, answered at once, closed to everybody else."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from service.api import errors, wechat
from service.channels.wechat import wire
from service.channels.wechat.callback import WechatInbox
from service.channels.wechat.standin import WechatStandin
from service.db.engine import Database
from service.db.tables.chat import turn
from service.settings import Settings
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.ports import free_port
from tests.service.serving import serving

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx-app"
TOKEN = "callback-token"


@dataclass
class World:
    """Our webhook, and the platform that pushes to it."""

    url: str
    standin: WechatStandin
    database: Database
    clock: FrozenClock

    def turns(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as conn:
            kept = select(turn.c.direction, turn.c.sender, turn.c.text).order_by(turn.c.id)
            return [(row.direction, row.sender, row.text) for row in conn.execute(kept)]

    def push(self, message: dict[str, str | int], *, token: str = TOKEN, nonce: str = "") -> httpx.Response:
        fields: dict[str, str | int] = {"ToUserName": "gh", "FromUserName": "o-1", "CreateTime": 1}
        encrypt = wire.seal(wire.build(fields | message), aes_key=AES_KEY, app_id=APP, random=secrets.token_bytes(16))
        stamp, once = str(int(self.clock.now().timestamp())), nonce or secrets.token_hex(4)
        params = {"timestamp": stamp, "nonce": once, "msg_signature": wire.sign(token, stamp, once, encrypt)}
        return httpx.post(self.url, params=params, content=wire.build({"Encrypt": encrypt}).encode(), timeout=15)


@pytest.fixture
def world(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[World]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/wechat/callback"
    standin = WechatStandin(
        app_id=APP,
        app_secret="s",
        token=TOKEN,
        aes_key=AES_KEY,
        callback_url=url,
        database_path=tmp_path / "wechat.db",
        clock=clock,
    )
    standin.app()
    app = FastAPI()
    errors.install(app)
    app.include_router(wechat.router)
    inbox = WechatInbox(token=TOKEN, aes_keys=(AES_KEY,), app_id=APP, clock=clock)
    app.state.services = SimpleNamespace(
        database=database, clock=clock, wechat=inbox, policy=policy(), settings=Settings(_env_file=None)
    )
    with serving(app, port=port):
        yield World(url, standin, database, clock)


def test_what_a_user_says_is_kept_and_answered_with_success_at_the_first_try(world: World) -> None:
    assert world.standin.say("o-1", "我还欠多少")["tries"] == ["success"]
    assert world.turns() == [("in", "borrower", "我还欠多少")]


def test_a_message_pushed_three_times_is_one_turn(world: World) -> None:
    message: dict[str, str | int] = {"MsgType": "text", "Content": "你好", "MsgId": 42}
    assert [world.push(message).text for _ in range(3)] == ["success"] * 3
    assert world.turns() == [("in", "borrower", "你好")]


def test_following_is_welcomed_once(world: World) -> None:
    follow: dict[str, str | int] = {"MsgType": "event", "Event": "subscribe"}
    assert [world.push(follow).text for _ in range(2)] == ["success"] * 2
    assert world.turns() == [("out", "system", wechat.WELCOME)]


def test_a_menu_entry_says_what_is_written_on_its_key(world: World) -> None:
    world.push({"MsgType": "event", "Event": "CLICK", "EventKey": "查账单"})
    assert world.turns() == [("in", "borrower", "查账单")]


@pytest.mark.parametrize("event", ["unsubscribe", "SCAN", "LOCATION", "VIEW"])
def test_events_that_say_nothing_are_taken_and_kept_out_of_the_conversation(world: World, event: str) -> None:
    assert world.push({"MsgType": "event", "Event": event}).text == "success"
    assert world.turns() == []


@pytest.mark.parametrize("kind", ["image", "voice", "location"])
def test_what_is_no_text_is_answered_with_what_to_do(world: World, kind: str) -> None:
    assert world.push({"MsgType": kind, "MediaId": "m", "MsgId": 43}).text == "success"
    assert world.turns() == [("out", "system", wechat.ONLY_TEXT)]


def test_a_text_that_is_too_long_is_taken_and_the_borrower_told(world: World) -> None:
    assert world.push({"MsgType": "text", "Content": "长" * 501, "MsgId": 44}).text == "success"
    (told,) = world.turns()
    assert told[:2] == ("out", "system")
    assert "500" in told[2]


def test_a_push_that_is_not_signed_is_refused_and_not_a_word_of_it_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        refused = world.push({"MsgType": "text", "Content": "秘密", "MsgId": 45}, token="another")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_wechat")
    assert "秘密" not in refused.text
    assert not [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert world.turns() == []


def test_a_push_played_again_is_refused(world: World) -> None:
    message: dict[str, str | int] = {"MsgType": "text", "Content": "你好", "MsgId": 46}
    assert world.push(message, nonce="n").status_code == 200
    assert world.push(message | {"MsgId": 47}, nonce="n").status_code == 403
    assert len(world.turns()) == 1


def test_a_body_over_64_kib_is_refused(world: World) -> None:
    assert httpx.post(world.url, content=b"<xml>" + b"a" * 70_000).status_code == 403


def test_the_platform_gets_its_echo_and_nobody_else(world: World) -> None:
    asked = {"timestamp": "1", "nonce": "2", "echostr": "<b>437</b>", "signature": wire.sign(TOKEN, "1", "2")}
    echoed = httpx.get(world.url, params=asked)
    assert (echoed.text, echoed.headers["content-type"]) == ("<b>437</b>", "text/plain; charset=utf-8")
    assert httpx.get(world.url, params=asked | {"signature": "0" * 40}).status_code == 403
    assert httpx.get(world.url).status_code == 403

"""Writing to a borrower in WeChat, over HTTP against the stand-in that refuses what the platform refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from service.channels.wechat.api import WechatApi, WechatSender, split
from service.channels.wechat.standin import WechatStandin
from service.domain.chat.delivery import SendFailed
from service.usecases.ports import FrozenClock
from tests.ports import free_port
from tests.service.serving import serving

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOBODY = f"http://127.0.0.1:{free_port()}/wechat/callback"


@dataclass
class Platform:
    url: str
    standin: WechatStandin
    clock: FrozenClock

    def says(self, openid: str) -> None:
        httpx.post(f"{self.url}/say", json={"openid": openid, "text": "你好"}, timeout=20).raise_for_status()

    def got(self, openid: str) -> list[str]:
        sent = httpx.get(f"{self.url}/sent", params={"openid": openid}).json()["sent"]
        return [one["text"] for one in sent]


@pytest.fixture
def platform(tmp_path: Path, clock: FrozenClock) -> Iterator[Platform]:
    standin = WechatStandin(
        app_id="wx-app",
        app_secret="wx-secret",
        token="t",
        aes_key=AES_KEY,
        callback_url=NOBODY,
        database_path=tmp_path / "wechat.db",
        clock=clock,
    )
    app = FastAPI()
    app.mount("/sandbox/wechat", standin.app())
    with serving(app) as url:
        yield Platform(f"{url}/sandbox/wechat", standin, clock)


@pytest.fixture
def api(platform: Platform) -> Iterator[WechatApi]:
    api = WechatApi(base_url=platform.url, app_id="wx-app", app_secret="wx-secret", clock=platform.clock)
    yield api
    api.close()


def test_a_reply_arrives_with_its_buttons_as_numbers(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    buttons = [{"title": "查账单", "payload": "/query_bill"}, {"title": "转人工", "payload": "/talk_to_human"}]
    WechatSender(api).send(channel_user_id="o-1", text="请问您想了解什么？", buttons=buttons)
    assert platform.got("o-1") == ["请问您想了解什么？\n\n回复序号即可选择：\n1. 查账单\n2. 转人工"]


def test_a_long_reply_arrives_whole_in_parts(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    text = "这是一段比较长的说明。" * 150
    WechatSender(api).send(channel_user_id="o-1", text=text, buttons=())
    parts = platform.got("o-1")
    assert len(parts) == 3
    assert "".join(parts) == text


def test_a_stranger_is_refused_for_good(api: WechatApi) -> None:
    with pytest.raises(SendFailed, match="40003") as failed:
        api.send_text(openid="o-nobody", text="你好")
    assert failed.value.permanent


def test_the_sixth_message_of_a_window_is_refused_for_good(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    for number in range(5):
        api.send_text(openid="o-1", text=str(number))
    with pytest.raises(SendFailed, match="45047") as failed:
        api.send_text(openid="o-1", text="六")
    assert failed.value.permanent
    platform.says("o-1")
    api.send_text(openid="o-1", text="六")


def test_after_48_hours_the_window_is_closed_for_good(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    platform.clock.instant += timedelta(hours=48)
    api.send_text(openid="o-1", text="刚好")
    platform.clock.instant += timedelta(seconds=1)
    with pytest.raises(SendFailed, match="45015") as failed:
        api.send_text(openid="o-1", text="晚了")
    assert failed.value.permanent


def test_a_text_over_2048_bytes_is_refused_for_good(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    api.send_text(openid="o-1", text="好" * 682 + "ab")
    with pytest.raises(SendFailed, match="45002") as failed:
        api.send_text(openid="o-1", text="好" * 683)
    assert failed.value.permanent


def test_one_token_serves_many_messages_and_is_renewed_before_it_ends(platform: Platform, api: WechatApi) -> None:
    asked: list[str] = []
    api._http.event_hooks = {"request": [lambda request: asked.append(request.url.path.rpartition("/")[2])]}
    platform.says("o-1")
    api.send_text(openid="o-1", text="一")
    api.send_text(openid="o-1", text="二")
    assert asked == ["stable_token", "send", "send"]
    platform.clock.instant += timedelta(minutes=116)
    api.send_text(openid="o-1", text="三")
    assert asked[3:] == ["stable_token", "send"]


def test_a_token_taken_back_by_the_platform_is_renewed_and_the_message_sent_once(
    platform: Platform, api: WechatApi
) -> None:
    platform.says("o-1")
    api.send_text(openid="o-1", text="一")
    platform.standin.stable_token({"appid": "wx-app", "secret": "wx-secret", "force_refresh": True})
    api.send_text(openid="o-1", text="二")
    assert platform.got("o-1") == ["一", "二"]


def test_a_wrong_secret_is_worth_another_try_later(platform: Platform) -> None:
    api = WechatApi(base_url=platform.url, app_id="wx-app", app_secret="wrong", clock=platform.clock)
    with pytest.raises(SendFailed, match="40125") as failed:
        api.send_text(openid="o-1", text="一")
    assert not failed.value.permanent


def test_silence_is_worth_another_try_later(clock: FrozenClock) -> None:
    api = WechatApi(base_url=f"http://127.0.0.1:{free_port()}", app_id="a", app_secret="s", clock=clock)
    with pytest.raises(SendFailed, match="ConnectError") as failed:
        api.send_text(openid="o-1", text="一")
    assert not failed.value.permanent


def test_text_escaped_as_ascii_is_refused_as_the_platform_does(platform: Platform, api: WechatApi) -> None:
    platform.says("o-1")
    api.send_text(openid="o-1", text="一")
    escaped: dict[str, Any] = {"touser": "o-1", "msgtype": "text", "text": {"content": "一"}}
    body = str(escaped).replace("'", '"').replace("一", "\\u4e00").encode()
    url = f"{platform.url}/cgi-bin/message/custom/send"
    assert httpx.post(url, params={"access_token": api._token}, content=body).json()["errcode"] == 40033


def test_a_push_that_is_not_taken_is_tried_three_times(platform: Platform) -> None:
    answer = httpx.post(f"{platform.url}/say", json={"openid": "o-1", "text": "你好"}, timeout=20).json()
    assert answer["tries"] == ["ConnectError"] * 3


@given(st.text(max_size=400), st.integers(min_value=4, max_value=60))
def test_split_loses_nothing_but_line_ends_and_keeps_to_the_limit(text: str, limit: int) -> None:
    parts = list(split(text, limit=limit))
    assert all(0 < len(part.encode()) <= limit for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")

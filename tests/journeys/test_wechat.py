"""WeChat from the user's phone to the answer and back, through the stand-in for the platform."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.channels.wechat import wire
from tests.running import FrozenSystem

pytestmark = pytest.mark.system


class Phone:
    """A user of WeChat who follows the account and is nobody that the lender knows."""

    def __init__(self, system: FrozenSystem) -> None:
        self.http = httpx.Client(base_url=f"{system.url}/sandbox/wechat", timeout=20)
        self.openid = f"o{uuid.uuid4().hex[:27]}"

    def say(self, text: str) -> dict[str, Any]:
        answer = self.http.post("/say", json={"openid": self.openid, "text": text})
        answer.raise_for_status()
        return dict(answer.json())

    def read(self) -> list[str]:
        return [one["text"] for one in self.http.get("/sent", params={"openid": self.openid}).json()["sent"]]

    def wait(self, count: int, *, seconds: float = 30) -> list[str]:
        """What was sent to the phone, once that is `count` messages."""
        until = time.monotonic() + seconds
        while len(read := self.read()) < count:
            assert time.monotonic() < until, read
            time.sleep(0.1)
        return read


@pytest.fixture
def phone(system: FrozenSystem) -> Phone:
    return Phone(system)


def test_somebody_unknown_gets_general_answers_and_no_hint_of_an_account(phone: Phone) -> None:
    assert phone.say("怎么还款")["tries"] == ["success"]
    assert "还款" in phone.wait(1)[0]
    for number, question in enumerate(("我这个月要还多少", "还剩多少额度", "我先还五百"), start=2):
        phone.say(question)
        answer = phone.wait(number)[-1]
        assert "登录" in answer
        assert not any(hint in answer for hint in ("逾期", "欠", "额度为", "周谷雨"))


def test_the_same_answer_whoever_the_unknown_user_says_he_is(phone: Phone, system: FrozenSystem) -> None:
    answers = []
    for someone, name in ((phone, "周谷雨"), (Phone(system), "张不存在")):
        someone.say(f"我是{name}")
        someone.wait(1)
        someone.say("查账单")
        answers.append(someone.wait(2)[1])
    assert answers[0] == answers[1]


def test_what_is_no_text_or_far_too_long_is_answered_with_what_to_do(phone: Phone, system: FrozenSystem) -> None:
    phone.say("字" * 501)
    assert "500 字" in phone.wait(1)[0]
    assert push(phone, system, {"MsgType": "image", "PicUrl": "http://example.com/a.png", "MsgId": 42}) == "success"
    assert "文字" in phone.wait(2)[1]


def test_a_push_that_comes_twice_is_answered_once(phone: Phone, system: FrozenSystem) -> None:
    phone.say("你好")  # opens the window in which the account may answer
    phone.wait(1)
    fields = {"MsgType": "text", "Content": "怎么还款", "MsgId": 7_000_000_000_000_001}
    assert [push(phone, system, fields) for _ in range(2)] == ["success", "success"]
    phone.wait(2)
    time.sleep(1)
    assert len(phone.read()) == 2


def test_a_push_with_a_wrong_signature_is_refused_and_answered_by_nobody(phone: Phone, system: FrozenSystem) -> None:
    params = {"msg_signature": "0" * 40, "timestamp": str(int(system.now().timestamp())), "nonce": "1"}
    body = "<xml><ToUserName>gh_standin</ToUserName><Encrypt>AAAA</Encrypt></xml>"
    answer = httpx.post(f"{system.url}/wechat/callback", params=params, content=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_wechat")
    assert phone.read() == []


def test_while_the_bot_is_dead_the_platform_hears_success_at_once_and_the_user_his_answer_later(
    phone: Phone, system: FrozenSystem
) -> None:
    system.kill("bot")
    try:
        assert phone.say("怎么还款")["tries"] == ["success"]  # within the seconds that the platform waits
        time.sleep(1)
        assert phone.read() == []
    finally:
        system.start("bot")
        system.wait_until_ready("bot")
    until = time.monotonic() + 60
    while not phone.read():  # the next try waits for its time, which stands still in this test
        assert time.monotonic() < until
        system.clock.instant += timedelta(seconds=1)
        time.sleep(0.2)
    assert "还款" in phone.read()[0]
    time.sleep(1)
    assert len(phone.read()) == 1


def push(phone: Phone, system: FrozenSystem, fields: dict[str, str | int]) -> str:
    """One delivery of a message with a MsgId of our own, as the platform would make it."""
    settings, now = system.settings, int(system.now().timestamp())
    head: dict[str, str | int] = {"ToUserName": "gh_standin", "FromUserName": phone.openid, "CreateTime": now}
    encrypt = wire.seal(
        wire.build(head | fields),
        aes_key=settings.wechat_aes_key,
        app_id=settings.wechat_app_id,
        random=secrets.token_bytes(16),
    )
    nonce = str(secrets.randbelow(10**9))
    params = {
        "timestamp": str(now),
        "nonce": nonce,
        "msg_signature": wire.sign(settings.wechat_token, str(now), nonce, encrypt),
    }
    body = wire.build({"ToUserName": "gh_standin", "Encrypt": encrypt})
    return httpx.post(f"{system.url}/wechat/callback", params=params, content=body.encode()).text

"""How we write to a borrower in WeChat: one holder of the access token, and customer-service messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from service.channels.wechat.wire import MAX_TEXT_BYTES
from service.domain.chat.delivery import SendFailed
from service.usecases.ports import Clock

TOKEN_REFUSED = frozenset({40001, 40014, 42001})
# Told of a moment, not of this message: busy, and the account's own quotas.
NOT_NOW = frozenset({-1, 45009, 45011, *TOKEN_REFUSED})
# The request never left.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
FINAL = {
    40003: "not a known openid",
    40037: "no such template",
    43004: "does not follow the account",
    43101: "the user refused messages",
    45002: "text too long",
    45015: "outside the reply window",
    45047: "message count of the window used up",
    47003: "the template takes other fields",
    48001: "the account may not send this",
    50002: "the user is limited",
}
CUSTOM_SEND, NOTICE_SEND = "/cgi-bin/message/custom/send", "/cgi-bin/message/subscribe/bizsend"
EARLY = timedelta(minutes=5)
TIMEOUT_SECONDS = 5.0


class Refusal(SendFailed):
    """The platform answered that it did not take a message; `errcode` says why."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"WeChat {errcode}: {FINAL.get(errcode, 'refused')}", permanent=errcode in FINAL)
        self.errcode = errcode


class NoAnswer(SendFailed):
    """Nobody knows whether the platform took it."""


@dataclass(slots=True)
class WechatApi:
    """The platform's HTTP interface. Thread-safe; every failure is a SendFailed with its one bit, `permanent`."""

    base_url: str
    app_id: str
    app_secret: str
    clock: Clock
    _http: httpx.Client = field(init=False)
    _lock: Lock = field(default_factory=Lock)
    _token: str = ""
    _expires_at: datetime | None = None

    def __post_init__(self) -> None:
        local = urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=not local)

    def send_text(self, *, openid: str, text: str) -> None:
        """One customer-service message of at most 2048 bytes. Raises Refusal, NoAnswer, SendFailed."""
        self._send(CUSTOM_SEND, {"touser": openid, "msgtype": "text", "text": {"content": text}})

    def send_notice(self, *, openid: str, template_id: str, fields: Mapping[str, str]) -> None:
        """One notice that the user subscribed to; uses up a consent. Raises Refusal, NoAnswer, SendFailed."""
        data = {name: {"value": value} for name, value in fields.items()}
        self._send(NOTICE_SEND, {"touser": openid, "template_id": template_id, "data": data})

    def close(self) -> None:
        self._http.close()

    def _send(self, path: str, message: Mapping[str, Any]) -> None:
        """A refused token is renewed and tried once more."""
        token = self._valid_token()
        errcode = self._errcode(self._post(path, message, token=token))
        if errcode in TOKEN_REFUSED:
            errcode = self._errcode(self._post(path, message, token=self._renewed_token(refused=token)))
        if errcode:
            raise Refusal(errcode)

    def _errcode(self, answer: Mapping[str, Any]) -> int:
        """Raises NoAnswer where there is none: what does not say that it was taken may not have been."""
        errcode = answer.get("errcode")
        if isinstance(errcode, bool) or not isinstance(errcode, int):
            raise NoAnswer("WeChat's answer has no errcode", permanent=False)
        return errcode

    def _valid_token(self) -> str:
        with self._lock:
            if self._expires_at is None or self.clock.now() >= self._expires_at - EARLY:
                self._fetch_token(force=False)
            return self._token

    def _renewed_token(self, *, refused: str) -> str:
        """Another token than the refused one; forced only where the platform insists on the same (20 a day)."""
        with self._lock:
            if self._token == refused:
                self._fetch_token(force=False)
            if self._token == refused:
                self._fetch_token(force=True)
            return self._token

    def _fetch_token(self, *, force: bool) -> None:
        request = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.app_secret}
        try:
            answer = self._post("/cgi-bin/stable_token", request | {"force_refresh": force})
        except NoAnswer as failure:  # without a token no message has left
            raise SendFailed(failure.detail, permanent=False) from None
        if "access_token" not in answer:
            raise SendFailed(f"WeChat gave no access token: {answer.get('errcode')}", permanent=False)
        self._token = str(answer["access_token"])
        self._expires_at = self.clock.now() + timedelta(seconds=int(answer.get("expires_in", 7200)))

    def _post(self, path: str, body: Mapping[str, Any], *, token: str = "") -> dict[str, Any]:
        try:
            response = self._http.post(
                self.base_url.rstrip("/") + path,
                params={"access_token": token} if token else None,
                content=json.dumps(body, ensure_ascii=False).encode(),  # escaped text would be shown as \\u6211
                headers={"Content-Type": "application/json; charset=utf-8"},
            )
            answer = response.raise_for_status().json()
        except NEVER_SENT as failure:
            raise SendFailed(f"WeChat cannot be reached: {type(failure).__name__}", permanent=False) from None
        except (httpx.HTTPError, ValueError) as failure:
            raise NoAnswer(f"WeChat did not answer: {type(failure).__name__}", permanent=False) from None
        if not isinstance(answer, dict):
            raise NoAnswer("WeChat's answer is no JSON object", permanent=False)
        return answer


@dataclass(frozen=True, slots=True)
class WechatSender:
    """Delivers a turn to an openid. Buttons become a numbered list that the borrower answers with a number."""

    api: WechatApi

    def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
        """Raises SendFailed. Trying again may repeat the first parts of a text that had to be split."""
        for part in split(with_numbers(text, buttons)):
            self.api.send_text(openid=channel_user_id, text=part)


def with_numbers(text: str, buttons: Sequence[Mapping[str, str]]) -> str:
    """The text followed by its buttons as '回复序号' choices; number n stands for the n-th button."""
    if not buttons:
        return text
    lines = [f"{number}. {button['title']}" for number, button in enumerate(buttons, start=1)]
    return "\n".join([text, "", "回复序号即可选择：", *lines])


def split(text: str, *, limit: int = MAX_TEXT_BYTES) -> Iterator[str]:
    """Parts of at most `limit` UTF-8 bytes, cut at line ends or full stops where one is near, never in a character."""
    while len(text.encode()) > limit:
        head = text.encode()[:limit].decode(errors="ignore")
        cut = max(head.rfind(mark) for mark in "\n。！？；") + 1
        cut = cut if cut > len(head) // 2 else len(head)
        if part := text[:cut].rstrip("\n"):
            yield part
        text = text[cut:].lstrip("\n")
    if text:
        yield text

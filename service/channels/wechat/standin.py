"""A stand-in for WeChat: refuses what the platform would refuse, keeps what was sent, pushes what a user says.

For demonstrations and tests; it is a FastAPI app to be mounted (demo: /sandbox/wechat). What it knows lives in
a small SQLite file of its own, so that it survives a restart like the real platform would.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import Body, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool

from service.channels.wechat import wire
from service.usecases.ports import Clock

TOKEN_LIFE_SECONDS = 7200
WINDOW_SECONDS = int(timedelta(hours=48).total_seconds())
MESSAGES_PER_WINDOW = 5
EVENT_SECONDS, MESSAGES_PER_EVENT = 60, 3
TRIES, TRY_SECONDS = 3, 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (value TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS user (openid TEXT PRIMARY KEY, open_until INTEGER NOT NULL, answers_left INTEGER NOT NULL,
    follows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sent (id INTEGER PRIMARY KEY, openid TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, openid TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
"""


@dataclass(slots=True)
class WechatStandin:
    """The platform's side of one account. `callback_url` is our webhook, `database_path` the stand-in's file."""

    app_id: str
    app_secret: str
    token: str
    aes_key: str
    callback_url: str
    database_path: Path
    clock: Clock

    def app(self) -> FastAPI:
        """The routes: the platform's two, `GET /sent` to look, `POST /say` and `POST /event` to act as a user."""
        with self._database() as database:
            database.executescript(_SCHEMA)
        app = FastAPI(title="WeChat stand-in", openapi_url=None)
        app.post("/cgi-bin/stable_token")(self.stable_token)
        app.post("/cgi-bin/message/custom/send")(self.custom_send)
        app.get("/sent")(self.sent)
        app.post("/say")(self.say)
        app.post("/event")(self.event)
        return app

    def stable_token(self, request: dict[str, Any] = Body()) -> dict[str, Any]:
        if request.get("appid") != self.app_id or request.get("secret") != self.app_secret:
            return _error(40125, "invalid appsecret")
        now = self._seconds()
        with self._database() as database:
            if request.get("force_refresh"):
                database.execute("DELETE FROM token")
            kept = database.execute("SELECT value, expires_at FROM token WHERE expires_at > ?", (now + 300,)).fetchone()
            if kept is None:
                kept = (secrets.token_urlsafe(96), now + TOKEN_LIFE_SECONDS)
                database.execute("INSERT INTO token VALUES (?, ?)", kept)
        return {"access_token": kept[0], "expires_in": kept[1] - now}

    async def custom_send(self, request: Request, access_token: str = "") -> dict[str, Any]:
        body = await request.body()
        try:
            message = json.loads(body)
            openid, text = str(message["touser"]), str(message["text"]["content"])
        except (ValueError, KeyError, TypeError):
            return _error(47001, "data format error")
        if not text.isascii() and body.isascii():
            return _error(40033, "invalid charset: text escaped as \\uxxxx")
        return await run_in_threadpool(self._take, openid=openid, text=text, access_token=access_token)

    def _take(self, *, openid: str, text: str, access_token: str) -> dict[str, Any]:
        now = self._seconds()
        with self._database() as database:
            valid = database.execute("SELECT 1 FROM token WHERE value = ? AND expires_at > ?", (access_token, now))
            if valid.fetchone() is None:
                return _error(40001, "invalid credential, access_token is invalid or not latest")
            refusal = self._refusal(database, openid=openid, text=text, now=now)
            if refusal is not None:
                return refusal
            database.execute("UPDATE user SET answers_left = answers_left - 1 WHERE openid = ?", (openid,))
            database.execute("INSERT INTO sent (openid, text, at) VALUES (?, ?, ?)", (openid, text, now))
        return _error(0, "ok")

    def sent(self, openid: str = Query(), after: int = 0) -> dict[str, Any]:
        with self._database() as database:
            rows = database.execute("SELECT id, text, at FROM sent WHERE openid = ? AND id > ?", (openid, after))
            return {"sent": [{"id": row[0], "text": row[1], "at": row[2]} for row in rows]}

    def say(self, openid: str = Body(), text: str = Body()) -> dict[str, Any]:
        """A user writes to the account; pushed up to three times, as the platform does."""
        now = self._seconds()
        with self._database() as database:
            _open_window(database, openid=openid, until=now + WINDOW_SECONDS, answers=MESSAGES_PER_WINDOW)
            said = database.execute("INSERT INTO said (openid, text, at) VALUES (?, ?, ?)", (openid, text, now))
            msg_id = 10**15 + (said.lastrowid or 0)
        message = self._message(openid, now, {"MsgType": "text", "Content": text, "MsgId": msg_id})
        return {"msg_id": str(msg_id), "tries": self.push(message)}

    def event(self, openid: str = Body(), event: str = Body(), event_key: str = Body("")) -> dict[str, Any]:
        """A user follows, leaves, or presses a menu entry: subscribe, unsubscribe, CLICK."""
        now = self._seconds()
        with self._database() as database:
            _open_window(database, openid=openid, until=now + EVENT_SECONDS, answers=MESSAGES_PER_EVENT)
            if event == "unsubscribe":
                database.execute("UPDATE user SET follows = 0 WHERE openid = ?", (openid,))
        message = self._message(openid, now, {"MsgType": "event", "Event": event, "EventKey": event_key})
        return {"tries": self.push(message)}

    def push(self, message: str) -> list[str]:
        """Encrypt, sign and deliver; each try has 5 seconds. Returns what became of each try."""
        outcomes: list[str] = []
        for _ in range(TRIES):
            encrypt = wire.seal(message, aes_key=self.aes_key, app_id=self.app_id, random=secrets.token_bytes(16))
            timestamp, nonce = str(self._seconds()), str(secrets.randbelow(10**9))
            signature = wire.sign(self.token, timestamp, nonce, encrypt)
            params = {"timestamp": timestamp, "nonce": nonce, "msg_signature": signature, "encrypt_type": "aes"}
            body = wire.build({"ToUserName": "gh_standin", "Encrypt": encrypt}).encode()
            outcomes.append(_deliver(self.callback_url, params=params, body=body))
            if outcomes[-1] == "success":
                break
        return outcomes

    def _message(self, openid: str, now: int, fields: dict[str, str | int]) -> str:
        head: dict[str, str | int] = {"ToUserName": "gh_standin", "FromUserName": openid, "CreateTime": now}
        return wire.build(head | fields)

    def _refusal(self, database: sqlite3.Connection, *, openid: str, text: str, now: int) -> dict[str, Any] | None:
        user = database.execute("SELECT open_until, answers_left, follows FROM user WHERE openid = ?", (openid,))
        known = user.fetchone()
        if known is None:
            return _error(40003, "invalid openid")
        open_until, answers_left, follows = known
        if not follows:
            return _error(43004, "require subscribe")
        if len(text.encode()) > wire.MAX_TEXT_BYTES:
            return _error(45002, "content size out of limit")
        if now > open_until:
            return _error(45015, "response out of time limit or subscription is canceled")
        return _error(45047, "out of response count limit") if answers_left <= 0 else None

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.database_path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _open_window(database: sqlite3.Connection, *, openid: str, until: int, answers: int) -> None:
    database.execute(
        "INSERT INTO user VALUES (?, ?, ?, 1) ON CONFLICT (openid) DO UPDATE SET follows = 1,"
        " open_until = max(open_until, excluded.open_until), answers_left = max(answers_left, excluded.answers_left)",
        (openid, until, answers),
    )


def _deliver(url: str, *, params: dict[str, str], body: bytes) -> str:
    try:
        with httpx.Client(timeout=TRY_SECONDS, trust_env=False) as http:
            answer = http.post(url, params=params, content=body, headers={"Content-Type": "text/xml"})
    except httpx.HTTPError as failure:
        return type(failure).__name__
    accepted = answer.status_code == 200 and answer.text in {"success", ""}
    return "success" if accepted else f"HTTP {answer.status_code}"


def _error(code: int, message: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": message}

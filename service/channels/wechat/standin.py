"""A stand-in for WeChat: refuses what the platform would refuse, keeps what was sent, pushes what a user says.

For demonstrations and tests; it is a FastAPI app to be mounted (demo: /sandbox/wechat). What it knows lives in
a small SQLite file of its own, so that it survives a restart like the real platform would.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import BackgroundTasks, Body, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from service.channels.wechat import wire
from service.sandbox import sqlite_file
from service.usecases.ports import Clock

TOKEN_LIFE_SECONDS = 7200
WINDOW_SECONDS = int(timedelta(hours=48).total_seconds())
MESSAGES_PER_WINDOW = 5
EVENT_SECONDS, MESSAGES_PER_EVENT = 60, 3
TRIES, TRY_SECONDS = 3, 5.0
LONGEST_FIELD = 20
LOST = 1  # no errcode of the platform's: what was sent is taken, and nobody hears of it

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (value TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS user (openid TEXT PRIMARY KEY, open_until INTEGER NOT NULL, answers_left INTEGER NOT NULL,
    follows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sent (id INTEGER PRIMARY KEY, openid TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pressed (openid TEXT PRIMARY KEY, open_until INTEGER NOT NULL,
    answers_left INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS consent (openid TEXT NOT NULL, template TEXT NOT NULL, units INTEGER NOT NULL,
    PRIMARY KEY (openid, template));
CREATE TABLE IF NOT EXISTS notice (id INTEGER PRIMARY KEY, openid TEXT NOT NULL, text TEXT NOT NULL,
    at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS failure (id INTEGER PRIMARY KEY, errcode INTEGER NOT NULL);
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
        """The routes: the platform's three, `GET /sent` and `/notices` to look, `POST /say`, `/event` and `/subscribe`
        to act as a user, `POST /fail` to have the next sends fail, `POST /outcome` to tell what became of a notice."""
        with self._database() as database:
            database.executescript(_SCHEMA)
        app = FastAPI(title="WeChat stand-in", openapi_url=None)
        app.post("/cgi-bin/stable_token")(self.stable_token)
        app.post("/cgi-bin/message/custom/send")(self.custom_send)
        app.post("/cgi-bin/message/subscribe/bizsend")(self.bizsend)
        app.get("/sent")(self.sent)
        app.get("/notices")(self.notices)
        app.post("/subscribe")(self.subscribe)
        app.post("/outcome")(self.outcome)
        app.post("/fail")(self.fail)
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

    async def custom_send(self, request: Request, access_token: str = "") -> Any:
        body = await request.body()
        try:
            message = json.loads(body)
            openid, text = str(message["touser"]), str(message["text"]["content"])
        except (ValueError, KeyError, TypeError):
            return _error(47001, "data format error")
        if not text.isascii() and body.isascii():
            return _error(40033, "invalid charset: text escaped as \\uxxxx")
        return await run_in_threadpool(self._take, openid=openid, text=text, access_token=access_token)

    def bizsend(self, tasks: BackgroundTasks, message: dict[str, Any] = Body(), access_token: str = "") -> Any:
        """A notice that the user subscribed to; each consent is good for one. What became of it is pushed later."""
        try:
            openid, template = str(message["touser"]), str(message["template_id"])
            fields = {str(name): str(one["value"]) for name, one in message["data"].items()}
        except (KeyError, TypeError, AttributeError):
            return _error(47001, "data format error")
        now = self._seconds()
        with self._database() as database:
            failure = self._failure(database, access_token=access_token, now=now)
            if failure is not None and failure["errcode"] != LOST:
                return failure
            if database.execute("SELECT 1 FROM user WHERE openid = ?", (openid,)).fetchone() is None:
                return _error(40003, "invalid openid")
            if not fields or any(not 0 < len(one) <= LONGEST_FIELD for one in fields.values()):
                return _error(47003, "argument invalid")
            used = "UPDATE consent SET units = units - 1 WHERE openid = ? AND template = ? AND units > 0"
            if database.execute(used, (openid, template)).rowcount == 0:
                return _error(43101, "user refuse to accept the msg")
            text = "\n".join(fields.values())
            database.execute("INSERT INTO notice (openid, text, at) VALUES (?, ?, ?)", (openid, text, now))
        if failure is not None:
            return _lost()
        tasks.add_task(self.outcome, openid, template, 0, "success")
        return _error(0, "ok")

    def outcome(
        self, openid: str = Body(), template: str = Body(), errcode: int = Body(0), status: str = Body("success")
    ) -> dict[str, Any]:
        """What became of the user's newest notice, as the platform tells it."""
        now = self._seconds()
        with self._database() as database:
            found = database.execute("SELECT max(id) FROM notice WHERE openid = ?", (openid,)).fetchone()
        msg_id = 10**15 + (found[0] or 0)
        told: dict[str, str | int] = {"TemplateId": template, "MsgID": msg_id}
        told |= {"ErrorCode": errcode, "ErrorStatus": status}
        message = self._message(openid, now, {"MsgType": "event", "Event": "subscribe_msg_sent_event"})
        inside = wire.build(told).removeprefix("<xml>").removesuffix("</xml>")
        outcome = f"<SubscribeMsgSentEvent><List>{inside}</List></SubscribeMsgSentEvent>"
        return {"tries": self.push(message.removesuffix("</xml>") + outcome + "</xml>")}

    def _take(self, *, openid: str, text: str, access_token: str) -> Any:
        now = self._seconds()
        with self._database() as database:
            failure = self._failure(database, access_token=access_token, now=now)
            if failure is not None and failure["errcode"] != LOST:
                return failure
            window = self._window(database, openid=openid, text=text, now=now)
            if not isinstance(window, str):
                return window
            database.execute(f"UPDATE {window} SET answers_left = answers_left - 1 WHERE openid = ?", (openid,))
            database.execute("INSERT INTO sent (openid, text, at) VALUES (?, ?, ?)", (openid, text, now))
        return _error(0, "ok") if failure is None else _lost()

    def _failure(self, database: sqlite3.Connection, *, access_token: str, now: int) -> dict[str, Any] | None:
        """A token that is not valid, or what the next send was to fail with; LOST: taken, and not answered."""
        valid = database.execute("SELECT 1 FROM token WHERE value = ? AND expires_at > ?", (access_token, now))
        if valid.fetchone() is None:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        planned = database.execute("SELECT id, errcode FROM failure ORDER BY id LIMIT 1").fetchone()
        if planned is None:
            return None
        database.execute("DELETE FROM failure WHERE id = ?", (planned[0],))
        return _error(planned[1], "as asked for")

    def fail(self, errcode: int = Body(), times: int = Body(1)) -> dict[str, Any]:
        """The next sends are refused with this errcode; 1: they are taken, and the answer gets lost."""
        with self._database() as database:
            database.executemany("INSERT INTO failure (errcode) VALUES (?)", [(errcode,)] * times)
        return {"errcode": errcode, "times": times}

    def notices(self, openid: str = Query()) -> dict[str, Any]:
        with self._database() as database:
            rows = database.execute("SELECT text, at FROM notice WHERE openid = ? ORDER BY id", (openid,))
            return {"notices": [{"text": row[0], "at": row[1]} for row in rows]}

    def subscribe(
        self, openid: str = Body(), template: str = Body(), answer: str = Body("accept"), later: bool = Body(False)
    ) -> dict[str, Any]:
        """A user answers a request for one notice, or `later` refuses those that he allowed."""
        now = self._seconds()
        event, inside = ("change", "SubscribeMsgChangeEvent") if later else ("popup", "SubscribeMsgPopupEvent")
        with self._database() as database:
            if answer == "accept":
                _follow(database, openid=openid)
                known = "INSERT INTO consent VALUES (?, ?, 0) ON CONFLICT DO NOTHING"
                database.execute(known, (openid, template))
                added = "UPDATE consent SET units = units + 1 WHERE openid = ? AND template = ?"
                database.execute(added, (openid, template))
            elif later:
                database.execute("UPDATE consent SET units = 0 WHERE openid = ? AND template = ?", (openid, template))
        message = self._message(openid, now, {"MsgType": "event", "Event": f"subscribe_msg_{event}_event"})
        told = wire.build({"TemplateId": template, "SubscribeStatusString": answer})
        answers = f"<{inside}><List>{told.removeprefix('<xml>').removesuffix('</xml>')}</List></{inside}>"
        return {"tries": self.push(message.removesuffix("</xml>") + answers + "</xml>")}

    def sent(self, openid: str = Query(), after: int = 0) -> dict[str, Any]:
        with self._database() as database:
            rows = database.execute("SELECT id, text, at FROM sent WHERE openid = ? AND id > ?", (openid, after))
            return {"sent": [{"id": row[0], "text": row[1], "at": row[2]} for row in rows]}

    def say(self, openid: str = Body(), text: str = Body()) -> dict[str, Any]:
        """A user writes to the account; pushed up to three times, as the platform does."""
        now = self._seconds()
        with self._database() as database:
            _follow(database, openid=openid)
            window = "UPDATE user SET open_until = ?, answers_left = ? WHERE openid = ?"
            database.execute(window, (now + WINDOW_SECONDS, MESSAGES_PER_WINDOW, openid))
            said = database.execute("INSERT INTO said (openid, text, at) VALUES (?, ?, ?)", (openid, text, now))
            msg_id = 10**15 + (said.lastrowid or 0)
        message = self._message(openid, now, {"MsgType": "text", "Content": text, "MsgId": msg_id})
        return {"msg_id": str(msg_id), "tries": self.push(message)}

    def event(self, openid: str = Body(), event: str = Body(), event_key: str = Body("")) -> dict[str, Any]:
        """A user follows, leaves, or presses a menu entry: subscribe, unsubscribe, CLICK."""
        now = self._seconds()
        with self._database() as database:
            _follow(database, openid=openid)
            window = "INSERT OR REPLACE INTO pressed VALUES (?, ?, ?)"
            database.execute(window, (openid, now + EVENT_SECONDS, MESSAGES_PER_EVENT))
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

    def _window(self, database: sqlite3.Connection, *, openid: str, text: str, now: int) -> str | dict[str, Any]:
        """The table with the window that a message may use, or why there is none."""
        known = database.execute("SELECT follows FROM user WHERE openid = ?", (openid,)).fetchone()
        if known is None:
            return _error(40003, "invalid openid")
        if not known[0]:
            return _error(43004, "require subscribe")
        if len(text.encode()) > wire.MAX_TEXT_BYTES:
            return _error(45002, "content size out of limit")
        open_ones = {}
        for table in ("user", "pressed"):
            found = database.execute(
                f"SELECT answers_left, open_until FROM {table} WHERE openid = ?", (openid,)
            ).fetchone()
            if found is not None and now <= found[1]:
                open_ones[table] = found[0]
        if not open_ones:
            return _error(45015, "response out of time limit or subscription is canceled")
        usable = next((table for table, left in open_ones.items() if left > 0), None)
        return usable or _error(45047, "out of response count limit")

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())

    def _database(self) -> AbstractContextManager[sqlite3.Connection]:
        return sqlite_file(self.database_path)


def _follow(database: sqlite3.Connection, *, openid: str) -> None:
    known = "INSERT INTO user VALUES (?, 0, 0, 1) ON CONFLICT (openid) DO UPDATE SET follows = 1"
    database.execute(known, (openid,))


def _lost() -> JSONResponse:
    return JSONResponse({"detail": "the answer got lost"}, status_code=502)


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

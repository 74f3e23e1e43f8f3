"""A gateway of messages and calls to try things with: takes them like a real one, with a real one's troubles.

It refuses, loses answers and hangs; its receipts come late, twice and out of order; it tells the truth about messages
that expired. `behaviour.toml` says how often. Whoever opens it sees what the phones received, and can write back.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from service.channels.gateway.wire import HEADER, WINDOW_SECONDS, Credentials, header, proof
from service.channels.sandbox.behaviour import Answer, Behaviour, Fate, fate
from service.channels.sandbox.store import Store
from service.sandbox import Steps
from service.usecases.ports import Clock

logger = logging.getLogger("xiaoqing.sandbox")

MAX_TRIES = 40
LONGEST_WAIT_SECONDS = 60.0
CALLS = frozenset({"voice", "notice"})
COLUMNS = ("渠道", "内容", "有效期至", "结果")


@dataclass(slots=True)
class PhoneSandbox:
    """`credentials` by channel; `callback_url` is the service's address. `start()` begins delivering and telling,
    `stop()` ends it; messages outlive both."""

    credentials: Mapping[str, Credentials]
    callback_url: str
    store: Store
    clock: Clock
    behaviours: Mapping[str, Behaviour]
    seed: int = 7
    retry_seconds: float = 1.0
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self._steps = Steps(self._take_steps, name="message-sandbox")

    def app(self) -> FastAPI:
        """`POST /{channel}/messages`, signed; `GET /` and `GET /phones` to look, `POST /reply` to be a phone."""
        self.store.prepare()
        app = FastAPI(title="Message sandbox", openapi_url=None)
        app.post("/{channel}/messages")(self.submit)
        app.get("/phones")(self.phones)
        app.post("/reply")(self.reply)
        app.get("/", response_class=HTMLResponse)(self.page)
        return app

    def start(self) -> None:
        self.store.prepare()
        self._steps.start()

    def stop(self) -> None:
        self._steps.stop()

    async def submit(self, request: Request, channel: str) -> dict[str, Any]:
        who, body = self.credentials.get(channel), await request.body()
        if who is None:
            raise HTTPException(404, "no such channel")
        now = int(self.clock.now().timestamp())
        given = proof(
            request.headers.get(HEADER, ""), who=who, now=now, method="POST", path=request.url.path, body=body
        )
        if given is None:
            raise HTTPException(403, "signature")
        if not await run_in_threadpool(self.store.is_fresh, given.nonce, at=now, window_seconds=WINDOW_SECONDS):
            raise HTTPException(403, "nonce")
        return await self._answer(_message(body), channel)

    async def _answer(self, message: dict[str, Any], channel: str) -> dict[str, Any]:
        drawn = self._fate(channel, message["id"])
        if drawn.answer is Answer.REFUSED:
            raise HTTPException(422, "invalid_number")
        due_at = time.time() + drawn.delay_seconds
        kept = await run_in_threadpool(self.store.keep, message, channel=channel, due_at=due_at)
        self._steps.wake()
        if kept != json.dumps(message, ensure_ascii=False, sort_keys=True):
            raise HTTPException(409, "another message under the same id")
        if drawn.answer is Answer.LOST:
            raise HTTPException(504, "the answer is lost")
        if drawn.answer is Answer.HANGS:
            await asyncio.sleep(self._behaviour(channel).hang_seconds)
        return {"id": message["id"], "state": "accepted"}

    def phones(self) -> list[dict[str, Any]]:
        return self.store.phones()

    def reply(self, address: str = Body(), text: str = Body(), channel: str = Body("sms")) -> dict[str, Any]:
        """A phone writes back; like most gateways, this one does not know to which message."""
        if channel not in self.credentials:
            raise HTTPException(404, "no such channel")
        receipt = {"receipt_id": secrets.token_hex(16), "event": "reply", "at": self.clock.now().isoformat()}
        self.store.say(address, text, channel=channel, receipt=receipt | {"address": address, "text": text})
        self._steps.wake()
        return {"receipt_id": receipt["receipt_id"]}

    def page(self) -> HTMLResponse:
        """What the phones received, for people."""
        parts = []
        for phone in self.store.phones():
            rows = "".join(_row(one) for one in phone["messages"])
            said = "".join(f"<p>回复：{html.escape(text)}</p>" for text in phone["said"])
            head = "".join(f"<th>{name}</th>" for name in COLUMNS)
            parts.append(f"<h2>{html.escape(phone['address'])}</h2><table><tr>{head}</tr>{rows}</table>{said}")
        found = "".join(parts) or "<p>还没有手机收到消息。</p>"
        return HTMLResponse(f"{_HEAD}<h1>沙箱网关：手机收到了什么</h1>{found}")

    def _behaviour(self, channel: str) -> Behaviour:
        return self.behaviours.get(channel) or self.behaviours.get("sms") or Behaviour()

    def _fate(self, channel: str, message_id: str) -> Fate:
        return fate(self._behaviour(channel), seed=self.seed, message_id=message_id, is_call=channel in CALLS)

    def _take_steps(self) -> float | None:
        for row in self.store.due_messages():
            self._reach_phone(row)
        for row in self.store.due_receipts():
            self._tell(row)
        next_at = self.store.next_step()
        return None if next_at is None else next_at - time.time()

    def _reach_phone(self, row: sqlite3.Row) -> None:
        """Or not: what is late is never delivered."""
        drawn, now = self._fate(row["channel"], row["id"]), self.clock.now()
        late = now >= datetime.fromisoformat(row["expires_at"])
        event, reason = ("failed", "expired") if late else (drawn.event, drawn.reason)
        base = {"message_id": row["id"], "address": row["address"], "at": now.isoformat()}
        end: dict[str, Any] = base | {"event": event, "seconds": None if late else drawn.seconds}
        if reason:
            end["reason"] = reason
        told = [base | {"event": "submitted"}, end]
        if drawn.reply and not late:
            told.append(base | {"event": "reply", "text": drawn.reply})
        if drawn.swapped:
            told.reverse()
        receipts = [
            (one | {"receipt_id": f"{row['id']}-{one['event']}"[-64:]}, time.time() + 0.05 * number, drawn.told)
            for number, one in enumerate(told)
        ]
        self.store.finish(row, became=f"{event}:{reason}" if reason else event, at=now.isoformat(), receipts=receipts)

    def _tell(self, row: sqlite3.Row) -> None:
        heard, tries = row["heard"], row["tries"]
        status = self._post(row["channel"], row["body"].encode())
        if status is not None and status < 500:
            heard = heard + 1
            over = heard >= row["told"] or status >= 400  # a refusal is final
            wait = None if over else self.retry_seconds
        else:
            tries += 1
            wait = None if tries >= MAX_TRIES else min(self.retry_seconds * 2 ** min(tries, 6), LONGEST_WAIT_SECONDS)
        if status is not None and status >= 400:
            logger.warning("receipt of %s: HTTP %s", row["channel"], status)
        next_at = None if wait is None else time.time() + wait
        self.store.set_next(row["number"], heard=heard, tries=tries, next_at=next_at)

    def _post(self, channel: str, body: bytes) -> int | None:
        url = f"{self.callback_url.rstrip('/')}/channels/{channel}/receipts"
        now = int(self.clock.now().timestamp())
        signed = header(self.credentials[channel], now=now, method="POST", path=urlsplit(url).path, body=body)
        headers = {HEADER: signed, "Content-Type": "application/json"}
        try:
            with httpx.Client(timeout=5.0, trust_env=False) as http:
                return http.post(url, content=body, headers=headers).status_code
        except httpx.HTTPError:
            return None


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
        if not all(isinstance(message[name], str) and message[name] for name in ("id", "to", "text", "expires_at")):
            raise ValueError("empty")
        if datetime.fromisoformat(message["expires_at"]).tzinfo is None:
            raise ValueError("an instant without a time zone")
        return dict(message)
    except (ValueError, KeyError, TypeError):
        raise HTTPException(422, "body") from None


_HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
    "<title>沙箱网关</title><style>body{font-family:sans-serif;margin:2em auto;max-width:60em}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.4em;text-align:left}</style>"
)


def _row(one: Mapping[str, Any]) -> str:
    cells = (one["channel"], one["text"], one["expires_at"], one["became"] or "在路上")
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"

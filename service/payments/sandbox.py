"""A stand-in for the payment gateway: takes orders, pays or refuses them a little later, and calls back until heard.

For demonstrations and tests. Orders live in a small SQLite file of its own, so that a kill loses none. It shows
every trouble a real gateway makes: the callback comes twice; an amount ending in 13 fen is refused by the bank;
one ending in 17 fen is answered with a 504 and paid all the same.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from service.payments.signing import HEADER, is_signed, signature
from service.sandbox import Steps, sqlite_file
from service.usecases.ports import Clock

BANK_REFUSES, ANSWER_IS_LOST = 13, 17
TOLD_TIMES = 2
MAX_TRIES = 40
LONGEST_WAIT_SECONDS = 60.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    order_id TEXT PRIMARY KEY, borrower_id TEXT NOT NULL, amount_fen INTEGER NOT NULL, reference TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', paid_at TEXT,
    next_at REAL,                          -- wall-clock seconds of the next step; NULL: nothing left to do
    heard INTEGER NOT NULL DEFAULT 0,      -- callbacks answered with 2xx
    tries INTEGER NOT NULL DEFAULT 0       -- callbacks not answered so
)
"""


@dataclass(slots=True)
class Sandbox:
    """The gateway's side. `start()` begins paying and calling back, `stop()` ends it; orders outlive both.

    `delay_seconds` lies between an order and its outcome, and between the callback and its repetition.
    """

    key: str
    callback_url: str
    database_path: Path
    clock: Clock
    delay_seconds: float = 2.0
    retry_seconds: float = 1.0
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self._steps = Steps(self._take_steps, name="payment-sandbox")

    def app(self) -> FastAPI:
        """The gateway's routes: `POST /orders`, `GET /orders/{order_id}`; signed, else 403."""
        self._prepare()
        app = FastAPI(title="Payment sandbox", openapi_url=None)
        app.post("/orders")(self.create)
        app.get("/orders/{order_id}")(self.query)
        return app

    def start(self) -> None:
        self._prepare()
        self._steps.start()

    def stop(self) -> None:
        self._steps.stop()

    async def create(self, request: Request, response: Response) -> dict[str, Any]:
        body = await self._signed_body(request)
        wanted = json.loads(body)
        order_id, amount_fen = str(wanted["order_id"]), int(wanted["amount_fen"])
        if amount_fen <= 0:
            raise HTTPException(422, "amount_fen")
        kept = await run_in_threadpool(self._keep, order_id, str(wanted["borrower_id"]), amount_fen)
        if kept["amount_fen"] != amount_fen:
            raise HTTPException(409, "another amount under the same order_id")
        self._steps.wake()
        if amount_fen % 100 == ANSWER_IS_LOST:
            response.status_code = 504
        return kept

    async def query(self, request: Request, order_id: str) -> dict[str, Any]:
        await self._signed_body(request)
        kept = await run_in_threadpool(self._find, order_id)
        if kept is None:
            raise HTTPException(404, "no such order")
        return kept

    async def _signed_body(self, request: Request) -> bytes:
        body = await request.body()
        given, now = request.headers.get(HEADER, ""), int(self.clock.now().timestamp())
        if not is_signed(given, key=self.key, now=now, method=request.method, path=request.url.path, body=body):
            raise HTTPException(403, "signature")
        return body

    def _keep(self, order_id: str, borrower_id: str, amount_fen: int) -> dict[str, Any]:
        with self._database() as database:
            database.execute(
                "INSERT OR IGNORE INTO payment (order_id, borrower_id, amount_fen, reference, state, next_at)"
                " VALUES (?, ?, ?, ?, 'pending', ?)",
                (order_id, borrower_id, amount_fen, f"sandbox-{order_id}"[:64], time.time() + self.delay_seconds),
            )
        kept = self._find(order_id)
        assert kept is not None
        return kept

    def _find(self, order_id: str) -> dict[str, Any] | None:
        with self._database() as database:
            row = database.execute("SELECT * FROM payment WHERE order_id = ?", (order_id,)).fetchone()
        return None if row is None else _told(row)

    def _take_steps(self) -> float | None:
        for row in self._due():
            if self._steps.ended:
                return None
            self._decide(row) if row["state"] == "pending" else self._call_back(row)
        return self._until_next()

    def _due(self) -> list[sqlite3.Row]:
        with self._database() as database:
            due = "SELECT * FROM payment WHERE next_at <= ? ORDER BY next_at LIMIT 50"
            return database.execute(due, (time.time(),)).fetchall()

    def _until_next(self) -> float | None:
        with self._database() as database:
            (at,) = database.execute("SELECT min(next_at) FROM payment").fetchone()
        return None if at is None else at - time.time()

    def _decide(self, row: sqlite3.Row) -> None:
        refused = row["amount_fen"] % 100 == BANK_REFUSES
        outcome = ("failed", "银行卡余额不足", None) if refused else ("succeeded", "", self.clock.now().isoformat())
        with self._database() as database:
            database.execute(
                "UPDATE payment SET state = ?, reason = ?, paid_at = ?, next_at = ? WHERE order_id = ?",
                (*outcome, time.time(), row["order_id"]),
            )
        self._steps.wake()

    def _call_back(self, row: sqlite3.Row) -> None:
        if self._delivered(row):
            heard, tries = row["heard"] + 1, row["tries"]
            wait = None if heard >= TOLD_TIMES else self.delay_seconds
        else:
            heard, tries = row["heard"], row["tries"] + 1
            wait = (
                None if tries >= MAX_TRIES else min(self.retry_seconds * 2 ** min(tries - 1, 6), LONGEST_WAIT_SECONDS)
            )
        with self._database() as database:
            database.execute(
                "UPDATE payment SET heard = ?, tries = ?, next_at = ? WHERE order_id = ?",
                (heard, tries, None if wait is None else time.time() + wait, row["order_id"]),
            )

    def _delivered(self, row: sqlite3.Row) -> bool:
        body = json.dumps({"callback_id": row["reference"]} | _told(row), ensure_ascii=False).encode()
        now, path = int(self.clock.now().timestamp()), urlsplit(self.callback_url).path
        signed = signature(key=self.key, timestamp=now, method="POST", path=path, body=body)
        headers = {HEADER: signed, "Content-Type": "application/json"}
        try:
            with httpx.Client(timeout=5.0, trust_env=False) as http:
                return http.post(self.callback_url, content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False

    def _prepare(self) -> None:
        with self._database() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_SCHEMA)

    def _database(self) -> AbstractContextManager[sqlite3.Connection]:
        return sqlite_file(self.database_path)


def _told(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("order_id", "amount_fen", "reference", "state", "reason", "paid_at")}

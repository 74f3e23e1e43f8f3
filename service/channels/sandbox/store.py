"""What the sandbox gateway remembers, in a small SQLite file of its own, so that a kill loses nothing."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.sandbox import sqlite_file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, text TEXT NOT NULL, expires_at TEXT NOT NULL,
    body TEXT NOT NULL,                    -- as it was handed over: another under the same id is refused
    became TEXT NOT NULL DEFAULT '',       -- the event that ended it; '' until then
    became_at TEXT, due_at REAL,           -- wall-clock seconds of reaching the phone; NULL: over
    PRIMARY KEY (channel, id)
);
CREATE TABLE IF NOT EXISTS receipt (
    number INTEGER PRIMARY KEY, channel TEXT NOT NULL, body TEXT NOT NULL,
    next_at REAL,                          -- NULL: nothing left to tell
    told INTEGER NOT NULL, heard INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS nonce (value TEXT PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS said (number INTEGER PRIMARY KEY, address TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_message_due ON message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS ix_receipt_next ON receipt (next_at) WHERE next_at IS NOT NULL;
"""


Telling = tuple[dict[str, Any], float, int]  # a receipt, from which second on, how often


@dataclass(frozen=True, slots=True)
class Store:
    path: Path

    def prepare(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.database() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_SCHEMA)

    def is_fresh(self, nonce: str, *, at: int, window_seconds: int) -> bool:
        """Whether nobody used it within the window; from now on somebody did."""
        with self.database() as database:
            database.execute("DELETE FROM nonce WHERE at < ?", (at - 2 * window_seconds,))
            return database.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?)", (nonce, at)).rowcount == 1

    def keep(self, message: Mapping[str, Any], *, channel: str, due_at: float) -> str:
        """The body that is kept under its id: this one, or an earlier one."""
        body = json.dumps(message, ensure_ascii=False, sort_keys=True)
        values = (message["id"], channel, message["to"], message["text"], message["expires_at"], body, due_at)
        columns = "(id, channel, address, text, expires_at, body, due_at)"
        with self.database() as database:
            database.execute(f"INSERT OR IGNORE INTO message {columns} VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            kept = database.execute("SELECT body FROM message WHERE channel = ? AND id = ?", (channel, message["id"]))
            return str(kept.fetchone()[0])

    def due_messages(self) -> list[sqlite3.Row]:
        with self.database() as database:
            found = "SELECT * FROM message WHERE due_at <= ? ORDER BY due_at LIMIT 50"
            return database.execute(found, (time.time(),)).fetchall()

    def finish(self, row: sqlite3.Row, *, became: str, at: str, receipts: list[Telling]) -> None:
        """Its end and what is to be told of it, all or nothing."""
        with self.database() as database:
            mine = (became, at, row["channel"], row["id"])
            ending = "UPDATE message SET became = ?, became_at = ?, due_at = NULL WHERE channel = ? AND id = ?"
            database.execute(ending, mine)
            for body, next_at, told in receipts:
                _add_receipt(database, row["channel"], body, next_at, told)

    def say(self, address: str, text: str, *, channel: str, receipt: dict[str, Any]) -> None:
        with self.database() as database:
            database.execute("INSERT INTO said (address, text) VALUES (?, ?)", (address, text))
            _add_receipt(database, channel, receipt, time.time(), 1)

    def due_receipts(self) -> list[sqlite3.Row]:
        with self.database() as database:
            found = "SELECT * FROM receipt WHERE next_at <= ? ORDER BY next_at, number LIMIT 50"
            return database.execute(found, (time.time(),)).fetchall()

    def set_next(self, number: int, *, heard: int, tries: int, next_at: float | None) -> None:
        with self.database() as database:
            changed = "UPDATE receipt SET heard = ?, tries = ?, next_at = ? WHERE number = ?"
            database.execute(changed, (heard, tries, next_at, number))

    def next_step(self) -> float | None:
        """Wall-clock seconds; None where nothing is left to do."""
        with self.database() as database:
            (message,) = database.execute("SELECT min(due_at) FROM message").fetchone()
            (receipt,) = database.execute("SELECT min(next_at) FROM receipt").fetchone()
        return min((one for one in (message, receipt) if one is not None), default=None)

    def phones(self) -> list[dict[str, Any]]:
        """Every phone with what it received, newest first, and what it wrote back."""
        with self.database() as database:
            messages = database.execute("SELECT * FROM message ORDER BY rowid DESC LIMIT 500").fetchall()
            said = database.execute("SELECT * FROM said ORDER BY number DESC LIMIT 500").fetchall()
        found: dict[str, dict[str, Any]] = {}
        for row in messages:
            phone = found.setdefault(row["address"], {"address": row["address"], "messages": [], "said": []})
            shown = ("id", "channel", "text", "expires_at", "became", "became_at")
            phone["messages"].append({name: row[name] for name in shown})
        for row in said:
            found.setdefault(row["address"], {"address": row["address"], "messages": [], "said": []})["said"].append(
                row["text"]
            )
        return list(found.values())

    def database(self) -> AbstractContextManager[sqlite3.Connection]:
        return sqlite_file(self.path)


def _add_receipt(database: sqlite3.Connection, channel: str, body: dict[str, Any], next_at: float, told: int) -> None:
    text = json.dumps(body, ensure_ascii=False)
    database.execute(
        "INSERT INTO receipt (channel, body, next_at, told) VALUES (?, ?, ?, ?)", (channel, text, next_at, told)
    )

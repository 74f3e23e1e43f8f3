"""Keeps answers by the keys of their requests, and says whether another transaction is at work on a key."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text, tuple_

from service.db.tables.kept_answer import kept_answer

_ROW = kept_answer.c
_OF = select(_ROW.request, _ROW.answer).where(_ROW.scope == bindparam("scope"), _ROW.key == bindparam("key"))
# Such locks are the whole database's: two schemas in it are two services, and share no keys.
_TAKE = text("SELECT pg_try_advisory_xact_lock(CAST(:number AS bigint) # hashtextextended(current_schema(), 0))")
# A commit of PostgreSQL lets go of rows a moment before it lets go of keys: who waited for the row comes too early.
_TRIES, _PAUSE_SECONDS = 5, 0.01


def take(conn: Connection, *, scope: str, key: str) -> bool:
    """Hold the key until the transaction ends; False where another transaction holds it. SQLite has one writer at a
    time, who has it by being there."""
    if conn.dialect.name != "postgresql":
        return True
    digest = hashlib.sha256(f"kept_answer|{scope}|{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    for tries_left in reversed(range(_TRIES)):
        if conn.execute(_TAKE, {"number": number}).scalar_one():
            return True
        if tries_left:
            time.sleep(_PAUSE_SECONDS)
    return False


def answer_of(conn: Connection, *, scope: str, key: str) -> tuple[str, Any] | None:
    """(request, answer), or None."""
    row = conn.execute(_OF, {"scope": scope, "key": key}).one_or_none()
    return None if row is None else (row.request, row.answer)


def keep(conn: Connection, *, scope: str, key: str, request: str, answer: Any, now: datetime) -> None:
    conn.execute(insert(kept_answer).values(scope=scope, key=key, request=request, answer=answer, created_at=now))


def forget_before(conn: Connection, until: datetime, *, at_most: int) -> int:
    """Forget up to `at_most` answers kept before `until`, the oldest first; returns how many."""
    oldest = select(_ROW.scope, _ROW.key).where(_ROW.created_at < until).order_by(_ROW.created_at).limit(at_most)
    return conn.execute(delete(kept_answer).where(tuple_(_ROW.scope, _ROW.key).in_(oldest))).rowcount

"""What is asked every few seconds is read from an index of just that, however much a lender has kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.db import case_sources, chat, chat_queue, collect_outreach, payment
from service.db.engine import Database

NOW = datetime(2026, 11, 23, 2, tzinfo=timezone.utc)
GROWING = ("conversation", "handover", "outreach", "payment_order", "turn")
OFTEN: dict[str, Callable[[Connection], Any]] = {
    "messages to answer": lambda conn: chat_queue.to_answer(conn, now=NOW, lease_ends=NOW, limit=8),
    "answers to send": lambda conn: chat_queue.to_send(conn, channels=("wechat",), now=NOW, busy_since=NOW, limit=8),
    "what was being answered": lambda conn: chat_queue.release_all(conn, now=NOW),
    "what was being sent": lambda conn: chat_queue.release_sending(conn, most=5, now=NOW),
    "how many wait": lambda conn: chat.count_open(conn, "inapp-1"),
    "how long one has waited": lambda conn: chat.waiting_since(conn, "inapp-1"),
    "outreach to send": lambda conn: collect_outreach.next_planned(conn, now=NOW, limit=20),
    "orders to ask about": lambda conn: payment.to_query(conn, now=NOW, limit=50),
    "what brings cases": lambda conn: list(
        case_sources.not_brought_yet(conn, stops=("dispute",), broken=2, since=NOW, limit=200)
    ),
}


@pytest.mark.parametrize("asked", OFTEN.values(), ids=OFTEN.keys())
def test_no_table_that_grows_is_read_through(sqlite_database: Database, asked: Callable[[Connection], Any]) -> None:
    said: list[tuple[str, Any]] = []
    with sqlite_database.transaction() as conn:
        event.listen(
            conn,
            "before_cursor_execute",
            lambda _c, _cursor, statement, parameters, *_: said.append((statement, parameters)),
        )
        asked(conn)
        plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all() for statement, values in [*said]]
    steps = [step for plan in plans for *_, step in plan]
    assert steps
    through = [
        one
        for one in steps
        for table in GROWING
        if one == f"SCAN {table}" or one.startswith(f"SCAN {table} USING INDEX sqlite_autoindex")
    ]
    assert not through, steps

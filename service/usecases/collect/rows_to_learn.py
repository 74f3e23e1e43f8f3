"""What a model of propensity is trained on: the facts of each collection row and whether all overdue was paid after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from service.db import learned as log


def rows_to_learn(conn: Connection, *, today: date, horizon_days: int, months: int = 12) -> Iterator[dict[str, Any]]:
    """{facts, paid, on}, oldest first; only rows whose horizon is over."""
    until = today - timedelta(days=horizon_days)
    for chunk in log.collection_rows(conn, since=until - timedelta(days=31 * months), until=until):
        for row, fen in zip(chunk, log.paid_after(conn, chunk, days=horizon_days), strict=True):
            facts = row.basis.get("facts", {})
            if overdue := facts.get("overdue_fen", 0):
                yield {"facts": facts, "paid": fen >= overdue, "on": row.business_date.isoformat()}


def recent_facts(conn: Connection, *, today: date, days: int = 7) -> list[dict[str, Any]]:
    """Of the last days' rows, to be compared with those of the training."""
    rows = log.collection_rows(conn, since=today - timedelta(days=days), until=today + timedelta(days=1))
    return [dict(row.basis["facts"]) for chunk in rows for row in chunk if row.basis.get("facts")]

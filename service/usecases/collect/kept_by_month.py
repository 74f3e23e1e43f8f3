"""How promises were kept, month by month of their last days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from service.db import promise as kept
from service.domain.collect.promise_figures import KeptMonth, by_month


def kept_by_month(conn: Connection, *, since: date, until: date) -> tuple[KeptMonth, ...]:
    """Of the promises whose last day is from `since` to `until`, both included; oldest month first."""
    return by_month(kept.tallies(conn, since=since, until=until))

"""Exposures and stopped arms, to and from their rows; what became of the exposed, by sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.many_ids import among_these
from service.db.tables.collect import outreach, pause
from service.db.tables.experiment import experiment_exposure as exposure
from service.db.tables.experiment import experiment_stop
from service.db.tables.loan import receipt
from service.domain.collect.outreach import COUNTED, State, Stop
from service.domain.days import SHANGHAI

COMPLAINED = (Stop.COMPLAINT.value, Stop.OPT_OUT.value)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Exposure:
    """The first day on which the arm could have mattered to the debtor; `overdue_fen` was overdue then."""

    experiment_id: str
    borrower_id: str
    arm: str
    exposed_on: date
    tier: str
    overdue_fen: int
    policy_version: str


@dataclass(frozen=True, slots=True)
class Stopped:
    arm: str
    stopped_at: datetime
    stopped_by: str
    reason: str


def add_exposures(conn: Connection, rows: Sequence[Exposure]) -> None:
    """A debtor who is in the experiment already stays as he is."""
    if rows:
        made = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
        adding = made(exposure).on_conflict_do_nothing(index_elements=["experiment_id", "borrower_id"])
        conn.execute(adding, [asdict(row) for row in rows])


def exposures_of(conn: Connection, experiment_id: str, borrower_ids: Sequence[str]) -> dict[str, Exposure]:
    mine = select(exposure).where(
        exposure.c.experiment_id == experiment_id, among_these(exposure.c.borrower_id, borrower_ids)
    )
    return {row["borrower_id"]: Exposure(**row) for row in conn.execute(mine).mappings()}


def exposed_until(conn: Connection, experiment_id: str, *, last: date) -> Iterator[list[Exposure]]:
    """In chunks, those exposed not later than `last`, by borrower."""
    ripe = select(exposure).where(exposure.c.experiment_id == experiment_id, exposure.c.exposed_on <= last)
    after = ""
    while True:
        chunk = ripe.where(exposure.c.borrower_id > after).order_by(exposure.c.borrower_id).limit(CHUNK)
        found = [Exposure(**row) for row in conn.execute(chunk).mappings()]
        if not found:
            return
        yield found
        after = found[-1].borrower_id


def count_exposed(conn: Connection, experiment_id: str) -> dict[str, int]:
    counted = select(exposure.c.arm, func.count()).where(exposure.c.experiment_id == experiment_id)
    return {arm: int(n) for arm, n in conn.execute(counted.group_by(exposure.c.arm))}


def paid_within(conn: Connection, rows: Sequence[Exposure], *, days: int) -> dict[str, int]:
    """Fen by borrower, from the day of exposure on for so many days; what was taken back does not count."""
    paid = select(receipt.c.borrower_id, receipt.c.paid_at, receipt.c.amount_fen.label("fen"))
    return _summed(conn, paid.where(receipt.c.reversed_at.is_(None)), receipt.c, "paid_at", rows, days)


def complained_within(conn: Connection, rows: Sequence[Exposure], *, days: int) -> dict[str, int]:
    told = select(pause.c.borrower_id, pause.c.started_at).where(pause.c.reason.in_(COMPLAINED))
    return _summed(conn, told, pause.c, "started_at", rows, days)


def contacted_within(conn: Connection, rows: Sequence[Exposure], *, days: int) -> dict[str, dict[str, int]]:
    """How many contacts by borrower and channel; a case for people is one on the channel "person"."""
    states = [one.value for one in (*COUNTED, State.FOR_PERSON)]
    told = select(outreach.c.borrower_id, outreach.c.business_date, outreach.c.channel)
    since = {one.borrower_id: one.exposed_on for one in rows}
    counted: dict[str, dict[str, int]] = {}
    mine = told.where(outreach.c.borrower_id.in_(list(since)), outreach.c.state.in_(states))
    for row in conn.execute(mine):
        if since[row.borrower_id] <= row.business_date < since[row.borrower_id] + timedelta(days=days):
            by_channel = counted.setdefault(row.borrower_id, {})
            by_channel[row.channel] = by_channel.get(row.channel, 0) + 1
    return counted


def add_stop(conn: Connection, experiment_id: str, arm: str, *, by: str, reason: str, now: datetime) -> None:
    """An arm is stopped once."""
    known = {one.arm for one in stopped_arms(conn, experiment_id)}
    if arm not in known:
        row = {"experiment_id": experiment_id, "arm": arm, "stopped_by": by, "reason": reason[:500]}
        conn.execute(insert(experiment_stop).values(**row, stopped_at=now))


def stopped_arms(conn: Connection, experiment_id: str) -> tuple[Stopped, ...]:
    mine = select(experiment_stop).where(experiment_stop.c.experiment_id == experiment_id)
    return tuple(
        Stopped(row.arm, row.stopped_at, row.stopped_by, row.reason)
        for row in conn.execute(mine.order_by(experiment_stop.c.stopped_at))
    )


def _summed(
    conn: Connection, query: Select[Any], columns: Any, at: str, rows: Sequence[Exposure], days: int
) -> dict[str, int]:
    """Sums of `fen` (or counts, where there is none) of what happened in each one's window."""
    windows: Mapping[str, tuple[datetime, datetime]] = {
        one.borrower_id: (_midnight(one.exposed_on), _midnight(one.exposed_on + timedelta(days=days))) for one in rows
    }
    earliest = min(since for since, _ in windows.values())
    total: dict[str, int] = {}
    found = query.where(columns.borrower_id.in_(list(windows)), getattr(columns, at) >= earliest)
    for row in conn.execute(found).mappings():
        since, until = windows[row["borrower_id"]]
        if since <= row[at] < until:
            total[row["borrower_id"]] = total.get(row["borrower_id"], 0) + row.get("fen", 1)
    return total


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)

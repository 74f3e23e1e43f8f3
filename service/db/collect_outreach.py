"""The outreach log: rows are the queue, and change state by compare-and-swap alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Update, bindparam, select, update

from service.db.engine import constant, one_of
from service.db.many_ids import among_these
from service.db.many_rows import add_new_rows
from service.db.tables.collect import outreach
from service.db.tables.loan import borrower
from service.domain.collect.outreach import Kind, Outreach, State

Reasons = Sequence[Mapping[str, Any]]
_NAMES = tuple(one.name for one in fields(Outreach))
_PLANNED = outreach.c.state == constant(State.PLANNED)
_NEXT = (
    select(outreach)
    .where(_PLANNED, outreach.c.not_before <= bindparam("now"))
    .order_by(outreach.c.not_before, outreach.c.id)
    .limit(bindparam("limit"))
)
_LOCK_PLANNED = (
    select(borrower.c.id)
    .join(outreach, outreach.c.borrower_id == borrower.c.id)
    .where(outreach.c.id == bindparam("id"), _PLANNED)
    .with_for_update()
)


def add_planned(conn: Connection, rows: Sequence[Outreach]) -> int:
    """Keep those whose (borrower, slot) is still free; returns how many were."""
    return add_new_rows(conn, outreach, [_values(row) for row in rows], unless=("borrower_id", "slot"))


def episodes_of(
    conn: Connection, borrower_ids: Sequence[str], *, since: date
) -> Iterable[tuple[str, date, str, State]]:
    """(borrower, due date, step, state) of what was planned for these borrowers' due dates from `since` on."""
    known = select(outreach.c.borrower_id, outreach.c.episode_on, outreach.c.step, outreach.c.state)
    wanted = known.where(among_these(outreach.c.borrower_id, borrower_ids), outreach.c.episode_on >= since)
    for row in conn.execute(wanted):
        yield row.borrower_id, row.episode_on, row.step, State(row.state)


def next_planned(conn: Connection, *, now: datetime, limit: int) -> list[Outreach]:
    """The planned rows that have waited longest; nothing is locked, the claim decides who gets which."""
    return [_outreach(row) for row in conn.execute(_NEXT, {"now": now, "limit": limit}).mappings()]


def outreach_by_id(conn: Connection, outreach_id: str) -> Outreach | None:
    found = conn.execute(select(outreach).where(outreach.c.id == outreach_id)).mappings().first()
    return _outreach(found) if found is not None else None


def lock_planned(conn: Connection, outreach_id: str) -> bool:
    """Hold the borrower's row, then this one, until the transaction ends; False where it is not planned any more: after
    a wait PostgreSQL looks at the state again. What is read afterwards is as it stands while they are held."""
    return conn.execute(_LOCK_PLANNED, {"id": outreach_id}).first() is not None


def move(
    conn: Connection, outreach_id: str, *, was: Collection[State], to: State, reasons: Reasons = (), **changes: Any
) -> bool:
    """Compare-and-swap of the state; False where another was faster."""
    values = {"state": to.value, "reasons": list(reasons), **changes}
    new = {f"new_{name}": value for name, value in values.items()}
    return conn.execute(_moving(tuple(was), tuple(values)), {"moved": outreach_id, **new}).rowcount == 1


@cache
def _moving(was: tuple[State, ...], names: tuple[str, ...]) -> Update:
    # made once: building it costs more than a small database takes to run it
    mine = update(outreach).where(outreach.c.id == bindparam("moved"), one_of(outreach.c.state, was))
    return mine.values({name: bindparam(f"new_{name}") for name in names})


def cancel_planned(conn: Connection, borrower_id: str, *, reasons: Reasons, now: datetime) -> int:
    """What waits to be sent to this borrower will not be."""
    mine = (outreach.c.borrower_id == borrower_id, outreach.c.state == State.PLANNED.value)
    values = {"state": State.CANCELLED.value, "reasons": list(reasons), "decided_at": now}
    return conn.execute(update(outreach).where(*mine).values(**values)).rowcount


def abandon_claims(conn: Connection, *, claimed_until: datetime, reasons: Reasons, now: datetime) -> int:
    """Claims nobody reported on become unknown, for a person to look at."""
    lost = (outreach.c.state == constant(State.CLAIMED), outreach.c.claimed_at <= claimed_until)
    values = {"state": State.UNKNOWN.value, "reasons": list(reasons), "decided_at": now}
    return conn.execute(update(outreach).where(*lost).values(**values)).rowcount


def _values(row: Outreach) -> dict[str, Any]:
    # not `asdict`, which copies what each row says of its reasons: a third of the time of a plan
    values = {name: getattr(row, name) for name in _NAMES}
    return values | {"kind": row.kind.value, "state": row.state.value, "reasons": list(row.reasons)}


def _outreach(row: RowMapping) -> Outreach:
    typed = {"kind": Kind(row["kind"]), "state": State(row["state"]), "reasons": tuple(row["reasons"])}
    return Outreach(**{**row, **typed})

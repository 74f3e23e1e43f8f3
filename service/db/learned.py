"""What outreach led to, read for learning: rows with their facts and what was paid after, and counts by option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach, pause, promise
from service.db.tables.experiment import bandit_count
from service.db.tables.loan import receipt
from service.domain.collect.bandit import Tried
from service.domain.collect.outreach import Kind, State, Stop
from service.domain.days import SHANGHAI

CHUNK = 1000
_AGAINST = (Stop.COMPLAINT.value, Stop.OPT_OUT.value)


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of the log with why it was planned."""

    id: str
    borrower_id: str
    business_date: date
    tier: str
    basis: Mapping[str, Any]
    sent_at: datetime | None


def collection_rows(conn: Connection, *, since: date, until: date, sent: bool = False) -> Iterator[list[Planned]]:
    """Collection with a basis, planned from `since` on and before `until`, in chunks, in the order of their days."""
    wanted = select(outreach).where(
        outreach.c.kind == Kind.COLLECTION.value,
        outreach.c.business_date >= since,
        outreach.c.business_date < until,
    )
    if sent:
        wanted = wanted.where(outreach.c.state == State.SENT.value)
    ordered = wanted.order_by(outreach.c.business_date, outreach.c.id)
    chunk: list[Planned] = []
    for row in conn.execution_options(yield_per=CHUNK).execute(ordered):
        if row.basis:
            chunk.append(Planned(row.id, row.borrower_id, row.business_date, row.tier, row.basis, row.sent_at))
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def paid_after(conn: Connection, rows: Sequence[Planned], *, days: int) -> list[int]:
    """Fen paid from each row's day on, for so many days."""
    if not rows:
        return []
    first, last = (_midnight(one.business_date) for one in (rows[0], rows[-1]))
    query = select(receipt.c.borrower_id, receipt.c.paid_at, receipt.c.amount_fen).where(
        receipt.c.borrower_id.in_({one.borrower_id for one in rows}),
        receipt.c.reversed_at.is_(None),
        receipt.c.paid_at >= first,
        receipt.c.paid_at < last + timedelta(days=days),
    )
    by_borrower: dict[str, list[tuple[datetime, int]]] = {}
    for row in conn.execute(query):
        by_borrower.setdefault(row.borrower_id, []).append((row.paid_at, row.amount_fen))
    return [_sum(by_borrower.get(one.borrower_id, []), _midnight(one.business_date), days) for one in rows]


def answered_within(conn: Connection, rows: Sequence[Planned], *, days: int) -> list[bool]:
    """Whether each sent row was followed, within so many days, by a payment, a promise or a word of the borrower, and
    by no complaint and no wish to be left alone."""
    if not rows:
        return []
    ids = list({one.borrower_id for one in rows})
    since = min(one.sent_at for one in rows if one.sent_at is not None)
    good = [
        *conn.execute(
            select(receipt.c.borrower_id, receipt.c.paid_at).where(
                receipt.c.borrower_id.in_(ids), receipt.c.paid_at >= since, receipt.c.reversed_at.is_(None)
            )
        ),
        *conn.execute(
            select(promise.c.borrower_id, promise.c.created_at).where(
                promise.c.borrower_id.in_(ids), promise.c.created_at >= since
            )
        ),
        *conn.execute(
            select(conversation.c.borrower_id, turn.c.created_at)
            .join(turn, turn.c.conversation_id == conversation.c.id)
            .where(conversation.c.borrower_id.in_(ids), turn.c.direction == "in", turn.c.created_at >= since)
        ),
    ]
    bad = conn.execute(
        select(pause.c.borrower_id, pause.c.started_at).where(
            pause.c.borrower_id.in_(ids), pause.c.started_at >= since, pause.c.reason.in_(_AGAINST)
        )
    )
    answers, complaints = _by_borrower(good), _by_borrower(list(bad))
    return [
        _any_within(answers.get(one.borrower_id, ()), one.sent_at, days)
        and not _any_within(complaints.get(one.borrower_id, ()), one.sent_at, days)
        for one in rows
    ]


def replace_counts(conn: Connection, counts: Mapping[tuple[str, str], Tried], *, on: date) -> None:
    """All of them, by (context, option)."""
    conn.execute(delete(bandit_count))
    if counts:
        rows = [
            {"context": context, "option": option, "times": one.times, "worked": one.worked, "counted_on": on}
            for (context, option), one in sorted(counts.items())
        ]
        conn.execute(insert(bandit_count), rows)


def counts_by_context(conn: Connection) -> dict[str, dict[str, Tried]]:
    found: dict[str, dict[str, Tried]] = {}
    for row in conn.execute(select(bandit_count)):
        found.setdefault(row.context, {})[row.option] = Tried(row.times, row.worked)
    return found


def counted_on(conn: Connection) -> date | None:
    return conn.execute(select(bandit_count.c.counted_on).limit(1)).scalar()


def _by_borrower(rows: Sequence[Any]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for borrower_id, at in rows:
        found.setdefault(borrower_id, []).append(at)
    return found


def _any_within(times: Sequence[datetime], since: datetime | None, days: int) -> bool:
    return since is not None and any(since < at <= since + timedelta(days=days) for at in times)


def _sum(paid: Sequence[tuple[datetime, int]], since: datetime, days: int) -> int:
    return sum(fen for at, fen in paid if since <= at < since + timedelta(days=days))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)

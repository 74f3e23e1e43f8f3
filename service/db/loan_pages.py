"""A borrower's events and journal, page by page, for people who look at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from service.db.tables.loan import ageing_tag, journal_entry, journal_line, ledger_event

_ENTRY, _LINE, _EVENT = journal_entry.c, journal_line.c, ledger_event.c
_REVERSED = journal_entry.alias()
_CANCELLED, _CANCELLING = ledger_event.alias(), ledger_event.alias()


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as it was told. `cancels` and `cancelled_by` are keys of events, "" where there is none."""

    event_id: int
    event_key: str
    kind: str
    effective_on: date
    body: dict[str, Any]
    by: str
    reason: str
    created_at: datetime
    cancels: str
    cancelled_by: str


@dataclass(frozen=True, slots=True)
class ToldLine:
    """`amount_fen`: debit +, credit −."""

    account: str
    amount_fen: int
    loan_id: str | None
    instalment_no: int | None


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """An entry of the journal. `reverses` is the key of the entry it takes back, "" where there is none."""

    entry_id: int
    entry_key: str
    kind: str
    business_date: date
    event_key: str
    reverses: str
    hash: str
    created_at: datetime
    lines: tuple[ToldLine, ...]


@dataclass(frozen=True, slots=True)
class ToldTag:
    """A bucket that a loan was in; `left_on` is None while it is."""

    bucket: str
    entered_on: date
    left_on: date | None


def tags_of(conn: Connection, loan_ids: Sequence[str]) -> dict[str, tuple[ToldTag, ...]]:
    """The buckets of each loan, in the order in which it entered them."""
    tag = ageing_tag.c
    read = (
        select(tag.loan_id, tag.bucket, tag.entered_on, tag.left_on).where(tag.loan_id.in_(loan_ids)).order_by(tag.id)
    )
    found: dict[str, list[ToldTag]] = defaultdict(list)
    for loan_id, *told in conn.execute(read):
        found[loan_id].append(ToldTag(*told))
    return {loan_id: tuple(tags) for loan_id, tags in found.items()}


def events_after(conn: Connection, borrower_id: str, *, after_id: int, limit: int) -> tuple[ToldEvent, ...]:
    """In the order in which they were told."""
    found = conn.execute(
        select(
            _EVENT.id,
            _EVENT.event_key,
            _EVENT.kind,
            _EVENT.effective_on,
            _EVENT.body,
            _EVENT.by,
            _EVENT.reason,
            _EVENT.created_at,
            _CANCELLED.c.event_key.label("cancels"),
            _CANCELLING.c.event_key.label("cancelled_by"),
        )
        .outerjoin(_CANCELLED, _CANCELLED.c.id == _EVENT.cancels_id)
        .outerjoin(_CANCELLING, _CANCELLING.c.cancels_id == _EVENT.id)
        .where(_EVENT.borrower_id == borrower_id, _EVENT.id > after_id)
        .order_by(_EVENT.id)
        .limit(limit)
    )
    return tuple(ToldEvent(*row[:8], row.cancels or "", row.cancelled_by or "") for row in found)


def entries_after(conn: Connection, borrower_id: str, *, after_id: int, limit: int) -> tuple[ToldEntry, ...]:
    """In the order in which they were written, which is that of their hashes."""
    heads = conn.execute(
        select(
            _ENTRY.id,
            _ENTRY.entry_key,
            _ENTRY.kind,
            _ENTRY.business_date,
            _ENTRY.event_key,
            _REVERSED.c.entry_key.label("reverses"),
            _ENTRY.hash,
            _ENTRY.created_at,
        )
        .outerjoin(_REVERSED, _REVERSED.c.id == _ENTRY.reverses_id)
        .where(_ENTRY.borrower_id == borrower_id, _ENTRY.id > after_id)
        .order_by(_ENTRY.id)
        .limit(limit)
    ).all()
    lines: dict[int, list[ToldLine]] = defaultdict(list)
    wanted = _LINE.entry_id.in_([row.id for row in heads])
    for row in conn.execute(select(journal_line).where(wanted).order_by(_LINE.entry_id, _LINE.no)):
        lines[row.entry_id].append(ToldLine(row.account, row.amount_fen, row.loan_id, row.instalment_no))
    return tuple(
        ToldEntry(*row[:5], row.reverses or "", row.hash, row.created_at, tuple(lines[row.id])) for row in heads
    )

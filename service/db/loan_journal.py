"""How journal entries and receipts are appended and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, RowMapping, func, select, text, update

from service.db.many_ids import among, among_these
from service.db.many_rows import Row, add_rows
from service.db.tables.loan import borrower, journal_entry, journal_line, receipt
from service.domain.loan.journal import Account, Entry, Kind, Line, chained
from service.domain.values import quick


@quick
@dataclass(frozen=True, slots=True)
class Receipt:
    """One posted payment as its receipt said, and when it was taken back, if it was; `request` is the hash of what was
    asked."""

    payment_id: str
    borrower_id: str
    request: str
    channel: str
    amount_fen: int
    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    to_suspense_fen: int
    refund_claim_fen: int
    settled_loans: tuple[str, ...]
    still_overdue_fen: int
    paid_at: datetime
    created_at: datetime
    reversed_at: datetime | None = None


_RECEIPT_FIELDS = tuple(one.name for one in fields(Receipt))
_all_of_receipt = attrgetter(*_RECEIPT_FIELDS)
_RECEIPT = [receipt.c[name] for name in _RECEIPT_FIELDS]
# Statements are made once: building them costs more than a small database takes to run them.
_RECEIPTS = select(*_RECEIPT).where(among(receipt.c.payment_id, "ids"))
# One look at an index for each, however long the history.
_LAST_HASHES = select(
    borrower.c.id,
    select(journal_entry.c.hash)
    .where(journal_entry.c.borrower_id == borrower.c.id)
    .order_by(journal_entry.c.id.desc())
    .limit(1)
    .scalar_subquery(),
).where(among(borrower.c.id, "ids"))
_LAST_ID = select(func.coalesce(func.max(journal_entry.c.id), 0))
_NEXT_IDS = text("SELECT nextval(pg_get_serial_sequence('journal_entry', 'id')) FROM generate_series(1, :count)")
_KEY_TO_ID = select(journal_entry.c.entry_key, journal_entry.c.id).where(among(journal_entry.c.entry_key, "keys"))
_ENTRIES = (
    select(journal_entry, journal_line.c.account, journal_line.c.loan_id, journal_line.c.instalment_no,
           journal_line.c.amount_fen)
    .join(journal_line, journal_line.c.entry_id == journal_entry.c.id)
    .where(among(journal_entry.c.borrower_id, "ids"))
    .order_by(journal_entry.c.id, journal_line.c.no)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToAppend:
    """Entries and their lines as rows that are still to be written."""

    heads: Sequence[Row] = ()
    lines: Sequence[Row] = ()


def chain(conn: Connection, entries: Sequence[tuple[str, Entry]], *, now: datetime) -> ToAppend:
    """Number (borrower id, entry) pairs in order, each chained to the borrower's entry before it. The caller holds the
    borrowers' rows, and appends what is returned before he chains anything else to it."""
    if not entries:
        return ToAppend()
    last = dict(map(tuple, conn.execute(_LAST_HASHES, {"ids": sorted({one for one, _ in entries})}).all()))
    reversed_keys = [entry.reverses for _, entry in entries if entry.reverses]
    ids_of = dict(map(tuple, conn.execute(_KEY_TO_ID, {"keys": reversed_keys}))) if reversed_keys else {}
    heads: list[Row] = []
    lines: list[Row] = []
    for entry_id, (borrower_id, entry) in zip(_new_ids(conn, len(entries)), entries, strict=True):
        ids_of[entry.key] = entry_id
        last[borrower_id] = chained(last.get(borrower_id) or "", entry)
        heads.append(
            {"id": entry_id, "entry_key": entry.key, "kind": entry.kind.value, "borrower_id": borrower_id,
             "business_date": entry.business_date, "created_at": now, "event_key": entry.event,
             "reverses_id": ids_of[entry.reverses] if entry.reverses else None, "hash": last[borrower_id]}
        )  # fmt: skip
        lines += [
            {"entry_id": entry_id, "no": no, "account": line.account.value, "loan_id": line.loan_id,
             "instalment_no": line.instalment_no, "amount_fen": line.amount_fen}
            for no, line in enumerate(entry.lines, 1)
        ]  # fmt: skip
    return ToAppend(heads, lines)


def append(conn: Connection, new: ToAppend) -> None:
    """An entry whose key is there already is refused by the database."""
    add_rows(conn, journal_line, new.lines)  # before their entries, which seal them
    add_rows(conn, journal_entry, new.heads)


def _new_ids(conn: Connection, count: int) -> list[int]:
    """SQLite has one writer at a time, who holds the lock; PostgreSQL counts for all."""
    if conn.dialect.name == "postgresql":
        return list(conn.execute(_NEXT_IDS, {"count": count}).scalars())
    last = conn.execute(_LAST_ID).scalar_one()
    return list(range(last + 1, last + count + 1))


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it stands in the journal."""

    id: int
    entry: Entry
    hash: str
    created_at: datetime


def written_entries(conn: Connection, borrower_id: str) -> Iterator[Written]:
    """Every entry of the borrower, in the order in which they were written."""
    return (one for _, one in _written(conn, [borrower_id]))


def entries_of(conn: Connection, borrower_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Every entry of each borrower, in the order in which they were written."""
    found: dict[str, list[Entry]] = {}
    for borrower_id, one in _written(conn, borrower_ids):
        found.setdefault(borrower_id, []).append(one.entry)
    return found


def _written(conn: Connection, borrower_ids: Sequence[str]) -> Iterator[tuple[str, Written]]:
    rows = conn.execute(_ENTRIES, {"ids": borrower_ids}).all()
    keys = {row.id: row.entry_key for row in rows}
    for _, group in groupby(rows, lambda row: row.id):
        of_entry = list(group)
        row = of_entry[0]
        lines = tuple(Line(Account(o.account), o.amount_fen, o.loan_id, o.instalment_no) for o in of_entry)
        reverses = keys[row.reverses_id] if row.reverses_id is not None else ""
        entry = Entry(row.entry_key, Kind(row.kind), row.business_date, lines, row.event_key, reverses)
        yield row.borrower_id, Written(row.id, entry, row.hash, row.created_at)


def journal_of(conn: Connection, borrower_id: str) -> Iterator[tuple[Kind, Line]]:
    """Every line ever written for the borrower, in order, with the kind of its entry."""
    for written in written_entries(conn, borrower_id):
        for line in written.entry.lines:
            yield written.entry.kind, line


def credited(conn: Connection, borrower_id: str, event_keys: Sequence[str]) -> dict[str, dict[Account, int]]:
    """By event and account the fen that the entries of these events credit, as they stand after every correction."""
    fen = func.sum(-journal_line.c.amount_fen)
    query = (
        select(journal_entry.c.event_key, journal_line.c.account, fen)
        .join(journal_line, journal_line.c.entry_id == journal_entry.c.id)
        .where(journal_entry.c.borrower_id == borrower_id, among_these(journal_entry.c.event_key, event_keys))
        .group_by(journal_entry.c.event_key, journal_line.c.account)
    )
    found: dict[str, dict[Account, int]] = {}
    for event_key, account, credited_fen in conn.execute(query):
        found.setdefault(event_key, {})[Account(account)] = int(credited_fen)
    return found


def add_receipts(conn: Connection, new: Sequence[Receipt]) -> None:
    add_rows(conn, receipt, [dict(zip(_RECEIPT_FIELDS, _all_of_receipt(one), strict=True)) for one in new])


def receipt_of(conn: Connection, payment_id: str) -> Receipt | None:
    return receipts_by_id(conn, [payment_id]).get(payment_id)


def receipts_by_id(conn: Connection, payment_ids: Sequence[str]) -> dict[str, Receipt]:
    """Those there are of the payments, by id."""
    found = (_read(row) for row in conn.execute(_RECEIPTS, {"ids": payment_ids}).mappings())
    return {one.payment_id: one for one in found}


def _read(row: RowMapping) -> Receipt:
    return Receipt(**{**row, "settled_loans": tuple(row["settled_loans"])})


def mark_reversed(conn: Connection, payment_id: str, *, now: datetime) -> None:
    conn.execute(update(receipt).where(receipt.c.payment_id == payment_id).values(reversed_at=now))


def receipts_of(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Receipt, ...]:
    """The latest payments that stand, newest first."""
    query = (
        select(*_RECEIPT)
        .where(receipt.c.borrower_id == borrower_id, receipt.c.reversed_at.is_(None))
        .order_by(receipt.c.paid_at.desc(), receipt.c.created_at.desc(), receipt.c.payment_id.desc())
        .limit(limit)
    )
    return tuple(_read(row) for row in conn.execute(query).mappings())

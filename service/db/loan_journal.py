"""How journal entries and receipts are appended and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from service.db.tables.loan import journal_entry, journal_line, receipt
from service.domain.loan.journal import Account, Entry, Kind, Line


@dataclass(frozen=True, slots=True)
class Receipt:
    """One posted payment as it is kept; `request` is the hash of what was asked."""

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
    settled_loans: tuple[str, ...]
    still_overdue_fen: int
    paid_at: datetime
    created_at: datetime


_RECEIPT = [receipt.c[one.name] for one in fields(Receipt)]
# Statements are made once: building them costs more than a small database takes to run them.
_RECEIPT_OF = select(*_RECEIPT).where(receipt.c.payment_id == bindparam("payment_id"))
_ADD_RECEIPT, _ADD_LINE = insert(receipt), insert(journal_line)
_ADD_ENTRY = insert(journal_entry).returning(journal_entry.c.id, sort_by_parameter_order=True)


def append_entries(conn: Connection, entries: Sequence[tuple[str, Entry]], *, now: datetime) -> None:
    """Append (borrower id, entry) pairs in order. An entry whose key is there already is refused by the database."""
    if not entries:
        return
    heads = [
        {"entry_key": entry.key, "kind": entry.kind.value, "borrower_id": borrower_id,
         "business_date": entry.business_date, "created_at": now}
        for borrower_id, entry in entries
    ]  # fmt: skip
    ids = conn.execute(_ADD_ENTRY, heads)
    lines = [
        {"entry_id": entry_id, "no": no, "account": line.account.value, "loan_id": line.loan_id,
         "instalment_no": line.instalment_no, "amount_fen": line.amount_fen}
        for entry_id, (_, entry) in zip(ids.scalars(), entries, strict=True)
        for no, line in enumerate(entry.lines, 1)
    ]  # fmt: skip
    conn.execute(_ADD_LINE, lines)


def journal_of(conn: Connection, borrower_id: str) -> Iterator[tuple[Kind, Line]]:
    """Every line ever written for the borrower, in order, with the kind of its entry."""
    query = (
        select(
            journal_entry.c.kind,
            journal_line.c.account,
            journal_line.c.amount_fen,
            journal_line.c.loan_id,
            journal_line.c.instalment_no,
        )
        .join(journal_line, journal_line.c.entry_id == journal_entry.c.id)
        .where(journal_entry.c.borrower_id == borrower_id)
        .order_by(journal_entry.c.id, journal_line.c.no)
    )
    for kind, account, amount_fen, loan_id, no in conn.execute(query):
        yield Kind(kind), Line(Account(account), amount_fen, loan_id, no)


def add_receipt(conn: Connection, one: Receipt) -> None:
    values = {field.name: getattr(one, field.name) for field in fields(Receipt)}
    conn.execute(_ADD_RECEIPT, {**values, "settled_loans": list(one.settled_loans)})


def receipt_of(conn: Connection, payment_id: str) -> Receipt | None:
    row = conn.execute(_RECEIPT_OF, {"payment_id": payment_id}).mappings().first()
    return None if row is None else Receipt(**{**row, "settled_loans": tuple(row["settled_loans"])})


def receipts_of(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Receipt, ...]:
    """The latest payments, newest first."""
    query = (
        select(*_RECEIPT)
        .where(receipt.c.borrower_id == borrower_id)
        .order_by(receipt.c.paid_at.desc(), receipt.c.created_at.desc(), receipt.c.payment_id.desc())
        .limit(limit)
    )
    rows = conn.execute(query).mappings()
    return tuple(Receipt(**{**row, "settled_loans": tuple(row["settled_loans"])}) for row in rows)


def sum_received(conn: Connection, borrower_id: str, *, after: datetime, until: datetime | None) -> int:
    """Fen paid later than `after` and not later than `until`."""
    query = select(func.coalesce(func.sum(receipt.c.amount_fen), 0))
    query = query.where(receipt.c.borrower_id == borrower_id, receipt.c.paid_at > after)
    if until is not None:
        query = query.where(receipt.c.paid_at <= until)
    return int(conn.execute(query).scalar_one())

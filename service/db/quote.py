"""Quotes to and from their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from service.db.tables.quote import quote
from service.domain.loan.quote import Quote, canonical, read_offer


def add(conn: Connection, made: Quote) -> None:
    """Keep a new quote. Raises sqlalchemy's IntegrityError where it is there already."""
    offer = made.offer
    row = {
        "id": made.id,
        "borrower_id": offer.borrower_id,
        "kind": offer.kind,
        "business_date": offer.business_date,
        "amount_fen": offer.amount_fen,
        "valid_until": offer.valid_until,
        "content": canonical(offer),
        "hash": made.hash,
        "issue": made.issue,
        "created_at": made.created_at,
    }
    conn.execute(insert(quote), row)


def by_id(conn: Connection, quote_id: str) -> Quote | None:
    return _one(conn.execute(select(quote).where(quote.c.id == quote_id)).mappings().first())


def latest(conn: Connection, *, borrower_id: str, content_hash: str) -> Quote | None:
    """The last issue of an offer with this hash."""
    same = select(quote).where(quote.c.borrower_id == borrower_id, quote.c.hash == content_hash)
    return _one(conn.execute(same.order_by(quote.c.issue.desc()).limit(1)).mappings().first())


def _one(row: Mapping[Any, Any] | None) -> Quote | None:
    if row is None:
        return None
    offer = read_offer(row["content"])
    return Quote(id=row["id"], offer=offer, hash=row["hash"], issue=row["issue"], created_at=row["created_at"])

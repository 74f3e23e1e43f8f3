"""Payment orders and the gateway's callbacks, to and from their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from service.db.engine import one_of
from service.db.tables.payment import payment_callback, payment_order
from service.domain.loan.payment import Share
from service.domain.loan.payment_order import Order, OrderState, PaymentCallback, Step

OPEN = (OrderState.CREATED.value, OrderState.PENDING.value)


def add(conn: Connection, order: Order, *, next_query_at: datetime) -> None:
    """Keep a new order. Raises sqlalchemy's IntegrityError for a used key or a second open order."""
    row = asdict(order) | {"shares": [asdict(share) for share in order.shares], "state": order.state.value}
    conn.execute(insert(payment_order).values(**row, next_query_at=next_query_at))


def by_key(conn: Connection, key: str) -> Order | None:
    return _one(conn, payment_order.c.key == key)


def by_id(conn: Connection, order_id: str) -> Order | None:
    return _one(conn, payment_order.c.id == order_id)


def locked(conn: Connection, order_id: str) -> Order | None:
    """The order, held until the transaction ends."""
    return _one(conn, payment_order.c.id == order_id, lock=True)


def open_of(conn: Connection, borrower_id: str) -> Order | None:
    """The borrower's payment that is on its way, if there is one."""
    return _one(conn, payment_order.c.borrower_id == borrower_id, one_of(payment_order.c.state, OPEN))


def by_quote(conn: Connection, quote_id: str) -> tuple[Order, ...]:
    """The orders made by a quote, in any state."""
    made = select(payment_order).where(payment_order.c.quote_id == quote_id).order_by(payment_order.c.created_at)
    return tuple(_order(row) for row in conn.execute(made).mappings())


def to_query(conn: Connection, *, now: datetime, limit: int) -> tuple[Order, ...]:
    """Open orders whose time to ask the gateway has come, the longest waiting first."""
    due = (
        select(payment_order)
        .where(one_of(payment_order.c.state, OPEN), payment_order.c.next_query_at <= now)
        .order_by(payment_order.c.next_query_at)
        .limit(limit)
    )
    return tuple(_order(row) for row in conn.execute(due).mappings())


def query_later(conn: Connection, order_id: str, *, next_query_at: datetime) -> None:
    """Put an order behind the others, so that one the gateway is silent about does not hold them up."""
    conn.execute(update(payment_order).where(payment_order.c.id == order_id).values(next_query_at=next_query_at))


def asked(conn: Connection, order_id: str, *, reference: str) -> None:
    """The gateway was asked (it may not have answered); an outcome told meanwhile stays."""
    waiting = (payment_order.c.id == order_id, payment_order.c.state == OrderState.CREATED.value)
    conn.execute(update(payment_order).where(*waiting).values(state="pending", gateway_reference=reference))


def decide(conn: Connection, order_id: str, *, state: OrderState, reference: str, reason: str, at: datetime) -> None:
    """Write an outcome. A failure releases the quote that the order was made by."""
    outcome = {"state": state.value, "failure_reason": reason, "settled_at": at, "next_query_at": None}
    named = {"gateway_reference": reference} if reference else {}
    released = {"quote_released_at": at} if state is OrderState.FAILED else {}
    conn.execute(update(payment_order).where(payment_order.c.id == order_id).values(**outcome, **named, **released))


def mismatches_of(conn: Connection, order_id: str) -> dict[int, datetime]:
    """The amounts that the gateway told of and that were not what was ordered, each with when it was first told."""
    mine = (payment_callback.c.order_id == order_id, payment_callback.c.step == Step.MISMATCH.value)
    kept = select(payment_callback.c.amount_fen, payment_callback.c.received_at).where(*mine)
    newest_first = conn.execute(kept.order_by(payment_callback.c.received_at.desc()))
    return {row.amount_fen: row.received_at for row in newest_first}


def log_callback(conn: Connection, callback: PaymentCallback, *, step: Step, now: datetime) -> None:
    """Keep what the gateway told, once per callback id and outcome. The order is locked by the caller."""
    told = "succeeded" if callback.succeeded else "failed"
    same = (payment_callback.c.id == callback.id, payment_callback.c.told == told)
    if conn.execute(select(payment_callback.c.id).where(*same)).first() is None:
        row = {"id": callback.id, "order_id": callback.order_id, "told": told, "amount_fen": callback.amount_fen}
        conn.execute(insert(payment_callback).values(**row, step=step.value, received_at=now))


def _one(conn: Connection, *where: Any, lock: bool = False) -> Order | None:
    query = select(payment_order).where(*where)
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else _order(row)


def _order(row: Mapping[Any, Any]) -> Order:
    kept = {name: row[name] for name in Order.__dataclass_fields__}
    shares = tuple(Share(**share) for share in row["shares"])
    return Order(**kept | {"shares": shares, "state": OrderState(row["state"])})

"""Promises, their parts and their history, to and from their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.many_ids import among_these
from service.db.tables.collect import promise, promise_event, promise_part
from service.db.tables.loan import ledger_event, receipt
from service.domain.collect.promise import Cause, Event, Part, Promise, PromiseState, Why
from service.domain.collect.reconciliation import Received, Refund

PENDING = PromiseState.PENDING.value
CHUNK = 500  # ids a query
_PARTS = ("amount_fen", "due_on", "counts_until", "is_rest", "condition", "state", "kept_fen", "decided_on")


def add_promise(conn: Connection, made: Promise, *, key: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key or a second pending promise."""
    conn.execute(
        insert(promise).values(
            id=made.id,
            key=key,
            borrower_id=made.borrower_id,
            conversation_id=made.conversation_id,
            amount_fen=made.amount_fen,
            due_on=made.due_on,
            state=made.state.value,
            paid_fen=made.paid_fen,
            text=made.text,
            created_at=made.created_at,
            decided_at=made.decided_at,
            replaced_at=made.replaced_at,
        )
    )
    _keep_parts(conn, made)


def with_promises(conn: Connection, borrower_ids: Sequence[str]) -> frozenset[str]:
    """Those of them who ever promised anything."""
    mine = select(promise.c.borrower_id).where(among_these(promise.c.borrower_id, borrower_ids))
    return frozenset(conn.execute(mine).scalars())


def keep_promise(conn: Connection, changed: Promise) -> None:
    """What may change of a promise: how far it and its parts are kept, and that it was replaced."""
    values = {
        "state": changed.state.value,
        "paid_fen": changed.paid_fen,
        "decided_at": changed.decided_at,
        "replaced_at": changed.replaced_at,
    }
    conn.execute(update(promise).where(promise.c.id == changed.id).values(**values))
    _keep_parts(conn, changed)


def _keep_parts(conn: Connection, made: Promise) -> None:
    """Also those of a promise that was made before promises had parts."""
    insert_or = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    adding = insert_or(promise_part)
    changing = {name: adding.excluded[name] for name in ("state", "kept_fen", "decided_on")}
    rows = [{"promise_id": made.id, **asdict(one), "state": one.state.value} for one in made.parts]
    conn.execute(adding.on_conflict_do_update(index_elements=["promise_id", "no"], set_=changing), rows)


def add_event(conn: Connection, promise_id: str, event: Event) -> None:
    conn.execute(
        insert(promise_event).values(
            promise_id=promise_id,
            at=event.at,
            cause=event.why.cause.value,
            reference=event.why.reference,
            was=event.was.value if event.was else None,
            state=event.state.value,
            paid_fen=event.paid_fen,
            parts=[[no, state.value, fen] for no, state, fen in event.parts],
        )
    )


def events_of(conn: Connection, promise_id: str) -> tuple[Event, ...]:
    """The promise's history, oldest first."""
    return histories(conn, [promise_id]).get(promise_id, ())


def histories(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    """By promise, each oldest first; one without a history is left out."""
    mine = select(promise_event).where(promise_event.c.promise_id.in_(ids)).order_by(promise_event.c.id)
    found: dict[str, tuple[Event, ...]] = defaultdict(tuple)
    for row in conn.execute(mine):
        found[row.promise_id] += (
            Event(
                at=row.at,
                why=Why(Cause(row.cause), row.reference),
                was=PromiseState(row.was) if row.was else None,
                state=PromiseState(row.state),
                paid_fen=row.paid_fen,
                parts=tuple((no, PromiseState(state), fen) for no, state, fen in row.parts),
            ),
        )
    return dict(found)


def promise_by_key(conn: Connection, key: str) -> Promise | None:
    return _one(conn, select(promise).where(promise.c.key == key))


def promise_by_id(conn: Connection, promise_id: str) -> Promise | None:
    return _one(conn, select(promise).where(promise.c.id == promise_id))


def promises_by_id(conn: Connection, ids: Sequence[str]) -> dict[str, Promise]:
    return {one.id: one for one in _promises(conn, select(promise).where(promise.c.id.in_(ids)))}


def promises_of(conn: Connection, borrower_id: str, *, limit: int | None = None) -> tuple[Promise, ...]:
    """Newest first; all without a limit."""
    mine = select(promise).where(promise.c.borrower_id == borrower_id)
    return _promises(conn, mine.order_by(promise.c.created_at.desc(), promise.c.id).limit(limit))


def borrowers_with_part_over(conn: Connection, *, today: date) -> list[str]:
    """Ids, in order, of those with a part that is not decided although it counted until before `today`."""
    parts = promise.join(promise_part, promise_part.c.promise_id == promise.c.id)
    over = (promise_part.c.state == PENDING, promise_part.c.counts_until < today)
    with_parts = select(promise.c.borrower_id).select_from(parts).where(*over)
    # Promises made before they had parts.
    without = select(promise.c.borrower_id).where(promise.c.state == PENDING, promise.c.due_on < today)
    no_part = without.where(~select(promise_part.c.no).where(promise_part.c.promise_id == promise.c.id).exists())
    return sorted(set(conn.execute(with_parts.union(no_part)).scalars()))


def borrowers_with_pending(conn: Connection, borrower_ids: Sequence[str]) -> set[str]:
    mine = select(promise.c.borrower_id).where(
        among_these(promise.c.borrower_id, borrower_ids), promise.c.state == PENDING
    )
    return set(conn.execute(mine).scalars())


def pending_parts(conn: Connection, *, due_after: date, due_until: date) -> tuple[tuple[Promise, Part], ...]:
    """The undecided parts of promises that stand, due later than the one day and not later than the other."""
    between = (promise_part.c.due_on > due_after, promise_part.c.due_on <= due_until)
    ids = select(promise_part.c.promise_id).where(promise_part.c.state == PENDING, *between)
    found = _promises(conn, select(promise).where(promise.c.state == PENDING, promise.c.id.in_(ids)))
    return tuple(
        (one, part)
        for one in found
        for part in one.parts
        if part.state is PromiseState.PENDING and due_after < part.due_on <= due_until
    )


def received(conn: Connection, borrower_id: str) -> tuple[Received, ...]:
    """What the borrower has paid and what stands of it, over all loans."""
    good = (receipt.c.borrower_id == borrower_id, receipt.c.reversed_at.is_(None))
    columns = (receipt.c.paid_at, receipt.c.amount_fen, receipt.c.to_suspense_fen, receipt.c.refund_claim_fen)
    rows = conn.execute(select(*columns).where(*good))
    return tuple(Received(at, fen, max(0, to_suspense_fen) + claim_fen) for at, fen, to_suspense_fen, claim_fen in rows)


def refunds(conn: Connection, borrower_id: str) -> tuple[Refund, ...]:
    """What went back to the borrower and was not taken back."""
    undone = select(ledger_event.c.cancels_id).where(ledger_event.c.cancels_id.is_not(None))
    mine = (ledger_event.c.borrower_id == borrower_id, ledger_event.c.kind == "refunded")
    rows = select(ledger_event.c.effective_on, ledger_event.c.body).where(*mine, ledger_event.c.id.not_in(undone))
    return tuple(Refund(row.effective_on, row.body["amount_fen"]) for row in conn.execute(rows))


def _one(conn: Connection, query: Select[Any]) -> Promise | None:
    return next(iter(_promises(conn, query)), None)


def _promises(conn: Connection, query: Select[Any]) -> tuple[Promise, ...]:
    rows = conn.execute(query).mappings().all()
    parts = _parts(conn, [row["id"] for row in rows])
    return tuple(_promise(row, parts[row["id"]]) for row in rows)


def _parts(conn: Connection, ids: Sequence[str]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for first in range(0, len(ids), CHUNK):
        some = ids[first : first + CHUNK]
        mine = select(promise_part).where(promise_part.c.promise_id.in_(some)).order_by(promise_part.c.no)
        for row in conn.execute(mine).mappings():
            values = {name: row[name] for name in _PARTS}
            found[row["promise_id"]].append(Part(no=row["no"], **{**values, "state": PromiseState(row["state"])}))
    return found


def _promise(row: RowMapping, parts: Sequence[Part]) -> Promise:
    """One that was made before promises had parts is one of one part, and was replaced when it was cancelled."""
    state = PromiseState(row["state"])
    whole = Part(1, row["amount_fen"], row["due_on"], row["due_on"], state=state, kept_fen=row["paid_fen"])
    return Promise(
        id=row["id"],
        borrower_id=row["borrower_id"],
        conversation_id=row["conversation_id"],
        parts=tuple(parts) or (whole,),
        state=state,
        paid_fen=row["paid_fen"],
        text=row["text"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        replaced_at=row["replaced_at"] or (row["decided_at"] if state is PromiseState.CANCELLED else None),
    )

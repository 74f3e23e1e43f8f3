"""The people's queue, to and from its rows: cases, why they are there, and all that was done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables.queue import case_event, case_source, collection_case
from service.domain.collect.queue import Act, CaseState, CollectionCase, Event, Step
from service.domain.collect.queue_policy import Source

CLOSED = CaseState.CLOSED.value


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases are not closed, wait for nobody, are held, and are late; and how many of each level."""

    not_closed: int
    ready: int
    held: int
    overdue: int
    by_level: Mapping[str, int]
    overdue_by_level: Mapping[str, int]


def add(conn: Connection, step: Step) -> None:
    """Raises sqlalchemy's IntegrityError where the debtor has one that is not closed."""
    case, event = step
    conn.execute(insert(collection_case).values(**_values(case)))
    add_event(conn, event)


def keep(conn: Connection, step: Step) -> None:
    """What an act made of a case that the caller has locked, and the act."""
    case, event = step
    conn.execute(update(collection_case).where(collection_case.c.id == case.id).values(**_values(case)))
    add_event(conn, event)


def add_event(conn: Connection, event: Event) -> None:
    values = asdict(event) | {"act": event.act.value, "detail": dict(event.detail)}
    conn.execute(insert(case_event).values(**values))


def add_source(conn: Connection, *, source: Source, ref: str, case_id: str | None, now: datetime) -> bool:
    """False where it was looked at before. Without a case: nothing was to do."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    adding = dialect.insert(case_source).values(source=source.value, ref=ref, case_id=case_id, at=now)
    return conn.execute(adding.on_conflict_do_nothing(index_elements=["source", "ref"])).rowcount == 1


def looked_at_before(conn: Connection, *, source: Source, ref: str) -> bool:
    mine = (case_source.c.source == source.value) & (case_source.c.ref == ref)
    return conn.execute(select(case_source.c.ref).where(mine)).first() is not None


def sources_of(conn: Connection, case_id: str) -> frozenset[Source]:
    mine = select(case_source.c.source).where(case_source.c.case_id == case_id)
    return frozenset(Source(one) for one in conn.execute(mine).scalars())


def refs_of(conn: Connection, case_id: str, source: Source) -> tuple[str, ...]:
    mine = (case_source.c.case_id == case_id) & (case_source.c.source == source.value)
    return tuple(conn.execute(select(case_source.c.ref).where(mine).order_by(case_source.c.ref)).scalars())


def by_id(conn: Connection, case_id: str, *, lock: bool = False) -> CollectionCase | None:
    """`lock`: nobody else changes it in this transaction."""
    query = select(collection_case).where(collection_case.c.id == case_id)
    found = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return _case(found) if found is not None else None


def live_of(conn: Connection, borrower_id: str, *, lock: bool = False) -> CollectionCase | None:
    """The debtor's case that is not closed."""
    mine = (collection_case.c.borrower_id == borrower_id) & (collection_case.c.state != CLOSED)
    query = select(collection_case).where(mine)
    found = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return _case(found) if found is not None else None


def live_ids(conn: Connection) -> list[tuple[str, str]]:
    """(case, borrower) of all that are open, in order."""
    mine = collection_case.c.state == CaseState.OPEN.value
    query = select(collection_case.c.id, collection_case.c.borrower_id).where(mine)
    return [(row.id, row.borrower_id) for row in conn.execute(query.order_by(collection_case.c.id))]


def held_by(conn: Connection, by: str, *, now: datetime) -> CollectionCase | None:
    """What an agent holds now, the one whose lease ends first."""
    mine = (collection_case.c.state == CaseState.HELD.value) & (collection_case.c.held_by == by)
    live = select(collection_case).where(mine, collection_case.c.held_until > now)
    found = conn.execute(live.order_by(collection_case.c.held_until).limit(1)).mappings().first()
    return _case(found) if found is not None else None


def next_for(conn: Connection, by: str, *, now: datetime, skipped_since: datetime) -> CollectionCase | None:
    """The most urgent case that is nobody's and that `by` did not skip since, locked: several agents who ask at once
    get different ones."""
    is_open = (collection_case.c.state == CaseState.OPEN.value) & (collection_case.c.ready_at <= now)
    lapsed = (collection_case.c.state == CaseState.HELD.value) & (collection_case.c.held_until <= now)
    skipped = exists().where(
        case_event.c.case_id == collection_case.c.id,
        case_event.c.act == Act.SKIPPED.value,
        case_event.c.by == by,
        case_event.c.at > skipped_since,
    )
    free = select(collection_case).where(or_(is_open, lapsed), ~skipped)
    ordered = free.order_by(collection_case.c.points.desc(), collection_case.c.due_at, collection_case.c.id).limit(1)
    locked = ordered.with_for_update(skip_locked=True, of=collection_case)
    found = conn.execute(locked).mappings().first()
    return _case(found) if found is not None else None


def events_of(conn: Connection, case_id: str) -> tuple[Event, ...]:
    """Oldest first."""
    columns = [case_event.c[name] for name in Event.__dataclass_fields__]
    mine = select(*columns).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
    return tuple(Event(**{**row, "act": Act(row["act"])}) for row in conn.execute(mine).mappings())


def figures(conn: Connection, *, now: datetime) -> Figures:
    level = collection_case.c.level
    mine = collection_case.c.state != CLOSED
    late = collection_case.c.due_at < now
    held = (collection_case.c.state == CaseState.HELD.value) & (collection_case.c.held_until > now)
    ready = collection_case.c.ready_at <= now
    by_level = _counted(conn, level, mine)
    late_by_level = _counted(conn, level, mine, late)
    held_now = sum(_counted(conn, level, held).values())
    ready_now = sum(_counted(conn, level, mine, ready).values()) - sum(_counted(conn, level, held, ready).values())
    return Figures(sum(by_level.values()), ready_now, held_now, sum(late_by_level.values()), by_level, late_by_level)


def _counted(conn: Connection, level: Any, *where: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(select(level, func.count()).where(*where).group_by(level))}


def _values(case: CollectionCase) -> dict[str, Any]:
    return asdict(case) | {"state": case.state.value, "why": [dict(one) for one in case.why]}


def _case(row: RowMapping) -> CollectionCase:
    return CollectionCase(**{**row, "state": CaseState(row["state"]), "why": tuple(row["why"])})

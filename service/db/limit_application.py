"""Applications for a higher limit and checked incomes, to and from their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from service.db.tables.credit_line import income_proof, limit_application
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import Outcome

_OF = {name: limit_application.c[name] for name in Application.__dataclass_fields__}


def add(conn: Connection, made: Application, *, key: str, request: str) -> None:
    """Raises sqlalchemy's IntegrityError for a used key or a second open application of the line."""
    row = {name: getattr(made, name) for name in _OF}
    changed = {"state": made.state.value, "facts": dict(made.facts), "reasons": [dict(one) for one in made.reasons]}
    conn.execute(insert(limit_application).values(**row | changed, key=key, request=request))


def by_key(conn: Connection, key: str) -> tuple[Application, str] | None:
    """The application made under a key, and the hash of what was asked."""
    row = conn.execute(select(limit_application).where(limit_application.c.key == key)).mappings().first()
    return None if row is None else (_application(row), row["request"])


def by_id(conn: Connection, application_id: str) -> Application | None:
    row = conn.execute(select(*_OF.values()).where(limit_application.c.id == application_id)).mappings().first()
    return None if row is None else _application(row)


def of_borrower(conn: Connection, borrower_id: str, *, limit: int) -> tuple[Application, ...]:
    """Newest first."""
    mine = select(*_OF.values()).where(limit_application.c.borrower_id == borrower_id)
    newest = mine.order_by(limit_application.c.created_at.desc(), limit_application.c.id).limit(limit)
    return tuple(_application(row) for row in conn.execute(newest).mappings())


def latest_of_line(conn: Connection, line_id: str) -> Application | None:
    mine = select(*_OF.values()).where(limit_application.c.line_id == line_id)
    newest = mine.order_by(limit_application.c.created_at.desc(), limit_application.c.id).limit(1)
    row = conn.execute(newest).mappings().first()
    return None if row is None else _application(row)


def count(conn: Connection, *, state: str) -> int:
    where = [limit_application.c.state == state] if state else []
    return conn.execute(select(func.count()).select_from(limit_application).where(*where)).scalar_one()


def page(conn: Connection, *, state: str, limit: int, offset: int) -> tuple[Application, ...]:
    """Those that wait for a person longest first, the others newest first; an empty `state` means all."""
    where = [limit_application.c.state == state] if state else []
    newest = limit_application.c.created_at
    order = newest if state == Outcome.REFERRED.value else newest.desc()
    chosen = select(*_OF.values()).where(*where).order_by(order, limit_application.c.id).limit(limit).offset(offset)
    return tuple(_application(row) for row in conn.execute(chosen).mappings())


def decide(
    conn: Connection,
    application_id: str,
    *,
    state: Outcome,
    amount_fen: int,
    reasons: Sequence[dict[str, Any]],
    by: str,
    note: str,
    now: datetime,
) -> None:
    """Write a person's decision."""
    values = {"state": state.value, "amount_fen": amount_fen, "reasons": list(reasons), "decided_by": by, "note": note}
    conn.execute(
        update(limit_application).where(limit_application.c.id == application_id).values(**values, decided_at=now)
    )


def refer(conn: Connection, application_id: str, *, now: datetime) -> None:
    """A person is to look again. Raises IntegrityError where another application of the line is open."""
    values = {"state": Outcome.REFERRED.value, "decided_by": "", "decided_at": None, "review_asked_at": now}
    conn.execute(update(limit_application).where(limit_application.c.id == application_id).values(**values))


def note_review(conn: Connection, application_id: str, *, now: datetime) -> None:
    """The borrower asked for a person, who is to decide anyway."""
    conn.execute(update(limit_application).where(limit_application.c.id == application_id).values(review_asked_at=now))


def add_income(
    conn: Connection,
    *,
    proof_id: str,
    borrower_id: str,
    monthly_fen: int,
    valid_until: date,
    by: str,
    now: datetime,
) -> None:
    values = {"id": proof_id, "borrower_id": borrower_id, "monthly_fen": monthly_fen, "valid_until": valid_until}
    conn.execute(insert(income_proof).values(**values, checked_by=by, checked_at=now))


def income_proof_by_id(conn: Connection, proof_id: str) -> tuple[str, int] | None:
    """(borrower id, fen a month), or None."""
    row = conn.execute(select(income_proof).where(income_proof.c.id == proof_id)).first()
    return None if row is None else (row.borrower_id, row.monthly_fen)


def income_on(conn: Connection, borrower_id: str, *, day: date) -> int | None:
    """The income in fen a month that was checked last and still counts on `day`."""
    mine = (income_proof.c.borrower_id == borrower_id) & (income_proof.c.valid_until >= day)
    newest = select(income_proof.c.monthly_fen).where(mine).order_by(income_proof.c.checked_at.desc())
    return conn.execute(newest.limit(1)).scalar()


def _application(row: RowMapping) -> Application:
    values: dict[str, Any] = {name: row[name] for name in _OF}
    return Application(**values | {"state": Outcome(row["state"]), "reasons": tuple(row["reasons"])})

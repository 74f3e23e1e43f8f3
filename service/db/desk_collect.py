"""Reads what the desk's pages show of collection: outreach with its reasons, promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from service.db.desk_pages import PERSON, count, named, person_in
from service.db.tables.collect import outreach, promise
from service.db.tables.loan import borrower
from service.domain.desk.pages import OutreachRow, PromiseRow, Reason

_OUTREACH = outreach.outerjoin(borrower, borrower.c.id == outreach.c.borrower_id)
_PROMISES = promise.outerjoin(borrower, borrower.c.id == promise.c.borrower_id)


def count_outreach(conn: Connection, *, state: str, text: str) -> int:
    return count(conn, _OUTREACH, _where(outreach.c.state, state, text))


def select_outreach(conn: Connection, *, state: str, text: str, limit: int, offset: int) -> tuple[OutreachRow, ...]:
    """Newest first; `text` is part of a borrower's name, id or phone; empty means any."""
    chosen = (
        select(outreach, *PERSON)
        .select_from(_OUTREACH)
        .where(*_where(outreach.c.state, state, text))
        .order_by(outreach.c.planned_at.desc(), outreach.c.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(_outreach(row) for row in conn.execute(chosen))


def count_promises(conn: Connection, *, state: str, text: str) -> int:
    return count(conn, _PROMISES, _where(promise.c.state, state, text))


def select_promises(
    conn: Connection, *, state: str = "", text: str = "", limit: int, offset: int = 0, borrower_id: str | None = None
) -> tuple[PromiseRow, ...]:
    """Those due latest first."""
    where = _where(promise.c.state, state, text)
    if borrower_id is not None:
        where.append(promise.c.borrower_id == borrower_id)
    chosen = select(promise, *PERSON).select_from(_PROMISES).where(*where)
    ordered = chosen.order_by(promise.c.due_on.desc(), promise.c.created_at.desc(), promise.c.id)
    return tuple(_promise(row) for row in conn.execute(ordered.limit(limit).offset(offset)))


def _where(state_column: ColumnElement[str], state: str, text: str) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if state:
        where.append(state_column == state)
    if text:
        where.append(named(text))
    return where


def _outreach(row: Row[Any]) -> OutreachRow:
    return OutreachRow(
        id=row.id,
        person=person_in(row),
        borrower_id=row.borrower_id,
        business_date=row.business_date,
        kind=row.kind,
        tier=row.tier,
        step=row.step,
        channel=row.channel,
        template=row.template,
        template_version=row.template_version,
        policy_version=row.policy_version,
        profile=(row.basis or {}).get("profile", ""),
        risk=(row.basis or {}).get("risk", ""),
        score=(row.basis or {}).get("score", ""),
        why=tuple((row.basis or {}).get("why", ())),
        treatment=row.treatment,
        basis=row.basis or {},
        state=row.state,
        reasons=tuple(_reason(reason) for reason in row.reasons),
        text=row.text,
        not_before=row.not_before,
        decided_at=row.decided_at,
        sent_at=row.sent_at,
    )


def _reason(reason: Mapping[str, Any]) -> Reason:
    return Reason(str(reason.get("code", "")), str(reason.get("detail", "")), str(reason.get("source", "")))


def _promise(row: Row[Any]) -> PromiseRow:
    return PromiseRow(
        id=row.id,
        person=person_in(row),
        conversation_id=row.conversation_id,
        amount_fen=row.amount_fen,
        paid_fen=row.paid_fen,
        due_on=row.due_on,
        state=row.state,
        text=row.text,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )

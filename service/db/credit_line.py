"""How credit lines, their events, and applications for more are read and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from service.db.tables.credit_line import credit_line_event
from service.db.tables.loan import credit_line, instalment, journal_entry, journal_line, loan
from service.domain.loan.credit_line import CreditLine, EventKind, Freeze, LineEvent, LineState, Reason
from service.domain.loan.journal import Account, Kind
from service.domain.loan.limit_explanation import Movement, Use

# Statements are made once: building them costs more than a small database takes to run them.
_USED = (
    select(
        loan.c.credit_line_id, func.sum(instalment.c.principal_fen - instalment.c.principal_paid_fen).label("used_fen")
    )
    .join(instalment, instalment.c.loan_id == loan.c.id)
    .where(loan.c.borrower_id == bindparam("borrower_id"), loan.c.status != "settled")
    .group_by(loan.c.credit_line_id)
    .subquery()
)
_PLAN = (
    select(loan.c.plan)
    .where(
        loan.c.credit_line_id == credit_line.c.id,
        loan.c.status == "active",
        loan.c.card.is_not(None),
        loan.c.plan.is_not(None),
    )
    .limit(1)
    .scalar_subquery()
)
_LINES = (
    select(credit_line, func.coalesce(_USED.c.used_fen, 0).label("used_fen"), _PLAN.label("plan"))
    .outerjoin(_USED, _USED.c.credit_line_id == credit_line.c.id)
    .where(credit_line.c.borrower_id == bindparam("borrower_id"))
    .order_by(credit_line.c.created_at, credit_line.c.id)
)
_LOCK = select(credit_line.c.id).where(credit_line.c.id == bindparam("id")).with_for_update()
_ADD_LINE, _ADD_EVENT = insert(credit_line), insert(credit_line_event)
_SAVE = (
    update(credit_line)
    .where(credit_line.c.id == bindparam("of_line"))
    .values({
        name: bindparam(f"new_{name}")
        for name in ("version", "limit_fen", "temporary_fen", "temporary_from", "temporary_until", "status",
                     "status_reason", "freezes")
    })
)  # fmt: skip
_EVENTS = (
    select(credit_line_event)
    .where(credit_line_event.c.line_id == bindparam("line_id"))
    .order_by(credit_line_event.c.no)
)
_OVER = (
    select(credit_line)
    .where(credit_line.c.temporary_until < bindparam("day"), credit_line.c.status != "closed")
    .order_by(credit_line.c.id)
    .limit(bindparam("at_most"))
    .with_for_update()
)
_MOVED = (
    select(
        loan.c.credit_line_id, journal_entry.c.business_date, journal_entry.c.kind, journal_entry.c.event_key,
        loan.c.purpose, loan.c.card.is_not(None).label("is_account"),
        func.sum(journal_line.c.amount_fen).label("amount_fen"),
    )
    .join(journal_line, journal_line.c.entry_id == journal_entry.c.id)
    .join(loan, loan.c.id == journal_line.c.loan_id)
    .where(
        journal_entry.c.borrower_id == bindparam("borrower_id"),
        journal_entry.c.business_date > bindparam("since"),
        journal_line.c.account == Account.PRINCIPAL.value,
    )
    .group_by(loan.c.credit_line_id, journal_entry.c.id, journal_entry.c.business_date, journal_entry.c.kind,
              journal_entry.c.event_key, loan.c.id, loan.c.purpose, loan.c.card.is_not(None))
    .order_by(journal_entry.c.business_date, journal_entry.c.id, loan.c.id)
)  # fmt: skip
# By the kind of entry, and whether more is owed after it; anything else is a correction.
_USES = {
    (Kind.PAYMENT.value, False): Use.REPAID,
    (Kind.SUSPENSE_USED.value, False): Use.REPAID,
}


def add_line(conn: Connection, line: CreditLine, opened: LineEvent, *, key: str, request: str) -> None:
    """A new line with the event that opened it."""
    row = {
        name: getattr(line, name) for name in ("id", "borrower_id", "product_code", "product_name", "brand", "scene")
    }
    conn.execute(_ADD_LINE, row | _columns(line.state) | {"created_at": line.opened_at})
    conn.execute(_ADD_EVENT, _event_row(opened, key=key, request=request, note=""))


def lines_of(conn: Connection, borrower_id: str) -> tuple[CreditLine, ...]:
    """The borrower's lines with what is used of each, oldest first."""
    return tuple(_line(row) for row in conn.execute(_LINES, {"borrower_id": borrower_id}).mappings())


def owner_of_line(conn: Connection, line_id: str) -> str | None:
    return conn.execute(select(credit_line.c.borrower_id).where(credit_line.c.id == line_id)).scalar()


def lock_line(conn: Connection, line_id: str) -> None:
    """Hold the line's row until the transaction ends. Who also locks the borrower locks him first."""
    conn.execute(_LOCK, {"id": line_id})


def events_of(conn: Connection, line_id: str) -> tuple[LineEvent, ...]:
    """Every event of a line, in order."""
    return tuple(_event(row) for row in conn.execute(_EVENTS, {"line_id": line_id}).mappings())


def notes_of(conn: Connection, line_id: str) -> dict[int, str]:
    """What was noted for colleagues with each event of a line, by its number; empty where nothing was."""
    noted = select(credit_line_event.c.no, credit_line_event.c.note).where(credit_line_event.c.line_id == line_id)
    return {row.no: row.note for row in conn.execute(noted)}


def event_by_key(conn: Connection, key: str) -> tuple[str, str] | None:
    """(line id, hash of what was asked) of the event made under a key."""
    known = select(credit_line_event.c.line_id, credit_line_event.c.request).where(credit_line_event.c.key == key)
    row = conn.execute(known).first()
    return None if row is None else (row.line_id, row.request)


def save_change(
    conn: Connection, state: LineState, event: LineEvent, *, key: str, request: str, note: str = ""
) -> None:
    """Append the event and write the row that follows from it. The line is locked by the caller."""
    conn.execute(_ADD_EVENT, _event_row(event, key=key, request=request, note=note))
    conn.execute(_SAVE, _new(event.line_id, state))


def save_changes(conn: Connection, changes: Sequence[tuple[LineState, LineEvent, str]]) -> None:
    """As `save_change` for many lines at once, each with its key, in two statements."""
    if changes:
        conn.execute(_ADD_EVENT, [_event_row(event, key=key, request="", note="") for _, event, key in changes])
        conn.execute(_SAVE, [_new(event.line_id, state) for state, event, _ in changes])


def lines_with_temporary_over(conn: Connection, *, day: date, at_most: int) -> tuple[tuple[str, LineState], ...]:
    """Ids and states of lines whose temporary part ended before `day`, held until the transaction ends."""
    rows = conn.execute(_OVER, {"day": day, "at_most": at_most}).mappings()
    return tuple((row["id"], _state(row)) for row in rows)


def movements_of(conn: Connection, borrower_id: str, *, since: date) -> dict[str, list[Movement]]:
    """What was drawn, bought and repaid later than the business date `since`, by line, oldest first."""
    rows = conn.execute(_MOVED, {"borrower_id": borrower_id, "since": since}).all()
    paid_out: dict[str, int] = defaultdict(int)  # what stands of it: an entry may have been written anew since
    for row in rows:
        if row.kind == Kind.DISBURSEMENT.value:
            paid_out[row.event_key] += int(row.amount_fen)
    found: dict[str, list[Movement]] = defaultdict(list)
    for row in rows:
        if row.kind == Kind.DISBURSEMENT.value:
            standing_fen = paid_out.pop(row.event_key, None)
            if standing_fen is None:
                continue
            use = Use.BOUGHT if row.is_account else Use.DRAWN
            moved = [(use, standing_fen or int(row.amount_fen))]
            if not standing_fen:
                moved.append((Use.RETURNED, -int(row.amount_fen)))
        else:
            moved = [(_USES.get((row.kind, row.amount_fen > 0), Use.CORRECTED), int(row.amount_fen))]
        found[row.credit_line_id] += [
            Movement(row.business_date, use, row.purpose, amount_fen) for use, amount_fen in moved if amount_fen
        ]
    return dict(found)


def _line(row: RowMapping) -> CreditLine:
    return CreditLine(
        id=row["id"],
        borrower_id=row["borrower_id"],
        product_code=row["product_code"],
        product_name=row["product_name"],
        brand=row["brand"],
        scene=row["scene"],
        state=_state(row),
        opened_at=row["created_at"],
        used_fen=int(row["used_fen"]),
        plan_from=date.fromisoformat(row["plan"]["started_on"]) if row["plan"] else None,
    )


def _state(row: RowMapping) -> LineState:
    freezes = tuple(Freeze(one["code"], one["reason"], date.fromisoformat(one["since"])) for one in row["freezes"])
    return LineState(
        version=row["version"],
        limit_fen=row["limit_fen"],
        temporary_fen=row["temporary_fen"],
        temporary_from=row["temporary_from"],
        temporary_until=row["temporary_until"],
        freezes=freezes,
        closed_reason=row["status_reason"] if row["status"] == "closed" else "",
    )


def _columns(state: LineState) -> dict[str, Any]:
    return {
        "version": state.version,
        "limit_fen": state.limit_fen,
        "temporary_fen": state.temporary_fen,
        "temporary_from": state.temporary_from,
        "temporary_until": state.temporary_until,
        "status": state.status.value,
        "status_reason": state.status_reason,
        "freezes": [asdict(one) | {"since": one.since.isoformat()} for one in state.freezes],
    }


def _new(line_id: str, state: LineState) -> dict[str, Any]:
    return {"of_line": line_id} | {f"new_{name}": value for name, value in _columns(state).items()}


def _event_row(event: LineEvent, *, key: str, request: str, note: str) -> dict[str, Any]:
    return {
        "line_id": event.line_id,
        "no": event.no,
        "key": key,
        "request": request,
        "kind": event.kind.value,
        "amount_fen": event.amount_fen,
        "from_on": event.from_on,
        "until_on": event.until_on,
        "reason_code": event.reason.code,
        "reason": event.reason.text,
        "lifts": event.lifts,
        "made_by": event.by,
        "note": note,
        "business_date": event.on,
        "created_at": event.at,
    }


def _event(row: Mapping[Any, Any]) -> LineEvent:
    return LineEvent(
        line_id=row["line_id"],
        no=row["no"],
        kind=EventKind(row["kind"]),
        amount_fen=row["amount_fen"],
        reason=Reason(row["reason_code"], row["reason"]),
        by=row["made_by"],
        on=row["business_date"],
        at=row["created_at"],
        from_on=row["from_on"],
        until_on=row["until_on"],
        lifts=row["lifts"],
    )

"""How a borrower's book is read from the database and written back: borrowers, lines, loans and instalments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from service.db.tables.loan import ageing_tag, borrower, credit_line, hardship_plan, instalment, loan
from service.domain.loan.book import Book, InstalmentState, LoanState


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A revolving limit in fen; `used_fen` is the principal still outstanding under it."""

    id: str
    borrower_id: str
    product_code: str
    product_name: str
    brand: str
    scene: str
    limit_fen: int
    status: str
    status_reason: str
    used_fen: int = 0


_INSTALMENT = [instalment.c[one.name] for one in fields(InstalmentState)]
_LOAN = [loan.c[one.name] for one in fields(LoanState) if one.name not in {"instalments", "allocation_order"}]
_CHANGING = (
    "due_on", "interest_fen", "fee_fen", "penalty_fen", "principal_paid_fen", "interest_paid_fen", "fee_paid_fen",
    "penalty_paid_fen", "recognised_interest_fen", "penalty_fen_days", "penalty_days", "paid_on",
)  # fmt: skip
_UPDATE_INSTALMENT = (
    update(instalment)
    .where(instalment.c.loan_id == bindparam("of_loan"), instalment.c.no == bindparam("of_no"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_LOAN_CHANGING = ("status", "settled_on", "days_past_due", "bucket", "aged_on")
_UPDATE_LOAN = (
    update(loan)
    .where(loan.c.id == bindparam("of_loan"))
    .values({name: bindparam(f"new_{name}") for name in _LOAN_CHANGING})
)
_LEAVE_TAG = (
    update(ageing_tag)
    .where(ageing_tag.c.loan_id == bindparam("of_loan"), ageing_tag.c.left_on.is_(None))
    .values(left_on=bindparam("on"))
)


def add_borrower(conn: Connection, *, borrower_id: str, name: str, phone: str, now: datetime) -> None:
    conn.execute(insert(borrower).values(id=borrower_id, name=name, phone=phone, created_at=now))


def borrower_of(conn: Connection, borrower_id: str) -> tuple[str, str] | None:
    """(name, phone), or None."""
    row = conn.execute(select(borrower.c.name, borrower.c.phone).where(borrower.c.id == borrower_id)).first()
    return None if row is None else (row.name, row.phone)


def lock_borrower(conn: Connection, borrower_id: str) -> bool:
    """Hold the borrower's row until the transaction ends; False where there is no such borrower."""
    row = select(borrower.c.id).where(borrower.c.id == borrower_id).with_for_update()
    return conn.execute(row).first() is not None


def load_book(conn: Connection, borrower_id: str, *, settled: bool = False) -> Book | None:
    """The borrower's book with his active loans, or with all of them; None where there is no such borrower."""
    return next(load_books(conn, [borrower_id], settled=settled), None)


def load_books(
    conn: Connection, borrower_ids: Sequence[str], *, settled: bool = False, lock: bool = False
) -> Iterator[Book]:
    """Books of several borrowers in three statements, in the order of their ids."""
    people = select(borrower.c.id, borrower.c.suspense_fen).where(borrower.c.id.in_(borrower_ids))
    people = people.order_by(borrower.c.id)
    suspense = [tuple(row) for row in conn.execute(people.with_for_update() if lock else people)]
    wanted = loan.c.borrower_id.in_(borrower_ids)
    if not settled:
        wanted &= loan.c.status == "active"
    loans = _loans(conn, wanted)
    for borrower_id, fen in suspense:
        yield Book(borrower_id, fen, tuple(loans.get(borrower_id, ())))


def load_loan(conn: Connection, loan_id: str) -> LoanState | None:
    found = _loans(conn, loan.c.id == loan_id)
    return next((one for loans in found.values() for one in loans), None)


def _loans(conn: Connection, wanted: Any) -> dict[str, list[LoanState]]:
    parts = select(instalment.c.loan_id, *_INSTALMENT).join(loan).where(wanted)
    rows = conn.execute(parts.order_by(instalment.c.loan_id, instalment.c.no)).all()
    instalments = {
        loan_id: tuple(InstalmentState(*row[1:]) for row in group)
        for loan_id, group in groupby(rows, lambda row: row[0])
    }
    heads = select(*_LOAN, loan.c.allocation_order).where(wanted).order_by(loan.c.disbursed_on, loan.c.id)
    found: dict[str, list[LoanState]] = {}
    for row in conn.execute(heads).mappings():
        values: dict[str, Any] = dict(row)
        values["allocation_order"] = tuple(row["allocation_order"].split(","))
        state = LoanState(**values, instalments=instalments.get(row["id"], ()))
        found.setdefault(state.borrower_id, []).append(state)
    return found


def add_loan(conn: Connection, state: LoanState, *, now: datetime) -> None:
    values = {one.name: getattr(state, one.name) for one in fields(LoanState) if one.name != "instalments"}
    values["allocation_order"] = ",".join(state.allocation_order)
    conn.execute(insert(loan).values(**values, created_at=now))
    conn.execute(insert(instalment), [{"loan_id": state.id, **asdict(one)} for one in state.instalments])
    tag = {"loan_id": state.id, "bucket": state.bucket, "entered_on": state.disbursed_on}
    conn.execute(insert(ageing_tag).values(**tag))


def save_books(conn: Connection, changes: Iterable[tuple[Book, Book]]) -> None:
    """Write what differs between each book and the book after it, in a handful of statements for all of them."""
    parts: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    moved: list[tuple[str, str, date | None]] = []
    deposits: list[dict[str, Any]] = []
    for before, after in changes:
        if before.suspense_fen != after.suspense_fen:
            deposits.append({"of_borrower": after.borrower_id, "fen": after.suspense_fen})
        for old, new in zip(before.loans, after.loans, strict=True):
            if old.instalments is not new.instalments:
                parts.extend(_changed_instalments(old, new))
            if any(getattr(old, name) != getattr(new, name) for name in _LOAN_CHANGING):
                heads.append({"of_loan": new.id, **{f"new_{name}": getattr(new, name) for name in _LOAN_CHANGING}})
            if old.bucket != new.bucket:
                moved.append((new.id, new.bucket, new.aged_on))
    if parts:
        conn.execute(_UPDATE_INSTALMENT, parts)
    if heads:
        conn.execute(_UPDATE_LOAN, heads)
    if deposits:
        one = update(borrower).where(borrower.c.id == bindparam("of_borrower"))
        conn.execute(one.values(suspense_fen=bindparam("fen")), deposits)
    if moved:
        conn.execute(_LEAVE_TAG, [{"of_loan": loan_id, "on": on} for loan_id, _, on in moved])
        tags = [{"loan_id": loan_id, "bucket": bucket, "entered_on": on} for loan_id, bucket, on in moved]
        conn.execute(insert(ageing_tag), tags)


def _changed_instalments(old: LoanState, new: LoanState) -> Iterator[dict[str, Any]]:
    for before, after in zip(old.instalments, new.instalments, strict=True):
        if before is not after and before != after:
            values = {f"new_{name}": getattr(after, name) for name in _CHANGING}
            yield {"of_loan": new.id, "of_no": after.no, **values}


def owner_of_loan(conn: Connection, loan_id: str) -> str | None:
    return conn.execute(select(loan.c.borrower_id).where(loan.c.id == loan_id)).scalar()


def add_line(conn: Connection, line: CreditLine, *, now: datetime) -> None:
    values = asdict(line)
    del values["used_fen"]
    conn.execute(insert(credit_line).values(**values, created_at=now))


def lines_of(conn: Connection, borrower_id: str) -> tuple[CreditLine, ...]:
    """The borrower's lines with what is used of each, oldest first."""
    unpaid = func.sum(instalment.c.principal_fen - instalment.c.principal_paid_fen)
    used = (
        select(loan.c.credit_line_id, unpaid.label("fen"))
        .join(instalment, instalment.c.loan_id == loan.c.id)
        .where(loan.c.borrower_id == borrower_id, loan.c.status == "active")
        .group_by(loan.c.credit_line_id)
        .subquery()
    )
    columns = [credit_line.c[one.name] for one in fields(CreditLine) if one.name != "used_fen"]
    query = (
        select(*columns, func.coalesce(used.c.fen, 0).label("used_fen"))
        .outerjoin(used, used.c.credit_line_id == credit_line.c.id)
        .where(credit_line.c.borrower_id == borrower_id)
        .order_by(credit_line.c.created_at, credit_line.c.id)
    )
    rows = conn.execute(query).mappings()
    return tuple(CreditLine(**{**row, "used_fen": int(row["used_fen"])}) for row in rows)


def hardship_plan_of(conn: Connection, plan_id: str) -> tuple[str, int, str] | None:
    """(loan id, months, approved by), or None."""
    row = conn.execute(select(hardship_plan).where(hardship_plan.c.id == plan_id)).first()
    return None if row is None else (row.loan_id, row.months, row.approved_by)


def add_hardship_plan(
    conn: Connection, *, plan_id: str, loan_id: str, months: int, approved_by: str, now: datetime
) -> None:
    conn.execute(
        insert(hardship_plan).values(
            id=plan_id, loan_id=loan_id, months=months, approved_by=approved_by, created_at=now
        )
    )

"""How a borrower's book is read from the database and written back: borrowers, loans and instalments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from itertools import zip_longest
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, insert, select

from service.db import loan_cycles as cycles
from service.db.many_ids import among, by_column, raw
from service.db.many_rows import add_rows, change_rows
from service.db.tables.loan import ageing_tag, borrower, hardship_plan, instalment, ledger_event, loan
from service.domain.loan.ageing import Pause
from service.domain.loan.book import Book, InstalmentState, LoanState
from service.domain.loan.plan import Plan
from service.domain.loan.terms import Card, Purchase

_INSTALMENT_FIELDS = tuple(one.name for one in fields(InstalmentState))
_LOAN_FIELDS = tuple(one.name for one in fields(LoanState) if one.name != "instalments")
_CHANGING = (
    "due_on", "starts_on", "ends_on", "principal_fen", "interest_fen", "fee_fen", "penalty_fen", "principal_paid_fen",
    "interest_paid_fen", "fee_paid_fen", "penalty_paid_fen", "recognised_interest_fen", "penalty_fen_days",
    "penalty_days", "penalty_waived_fen", "interest_fen_days", "stated_fen", "minimum_fen", "paid_on",
)  # fmt: skip
_LOAN_CHANGING = (
    "status", "settled_on", "days_past_due", "bucket", "aged_on", "non_accrual", "written_off_on", "pauses", "plan",
    "principal_fen", "purchases",
)  # fmt: skip
_number = attrgetter("no")
_changing_of_instalment, _changing_of_loan = attrgetter(*_CHANGING), attrgetter(*_LOAN_CHANGING)
_JSON = {
    "pauses": TypeAdapter(tuple[Pause, ...]),
    "plan": TypeAdapter(Plan),
    "card": TypeAdapter(Card),
    "purchases": TypeAdapter(tuple[Purchase, ...]),
}
_CHANGING_JSON = tuple(name for name in _LOAN_CHANGING if name in _JSON)

# Statements are made once: building them costs more than a small database takes to run them.
_OF_BORROWER = ("suspense_fen", "refund_claim_fen", "refund_claim_since")
_of_borrower = attrgetter(*_OF_BORROWER)
_PEOPLE = (
    select(borrower.c.id, *(borrower.c[name] for name in _OF_BORROWER))
    .where(among(borrower.c.id, "ids"))
    .order_by(borrower.c.id)
)
_PEOPLE_LOCKED = _PEOPLE.with_for_update()
_LOCK = select(borrower.c.id).where(borrower.c.id == bindparam("id")).with_for_update()
_OF_BORROWERS = among(loan.c.borrower_id, "ids")
_WHICH: Mapping[str, Any] = {
    "active": _OF_BORROWERS & (loan.c.status == "active"),
    "all": _OF_BORROWERS,
    "one": among(loan.c.id, "ids"),
}
_PART_COLUMNS = (instalment.c.loan_id, *(instalment.c[name] for name in _INSTALMENT_FIELDS))
_HEAD_COLUMNS = tuple(loan.c[name] for name in _LOAN_FIELDS)
_PARTS = {  # in no order: to sort thousands of rows takes longer than to sort those of each loan
    which: select(*raw(_PART_COLUMNS)).select_from(instalment).join(loan).where(wanted)
    for which, wanted in _WHICH.items()
}
_HEADS = {
    which: select(*raw(_HEAD_COLUMNS)).where(wanted).order_by(loan.c.disbursed_on, loan.c.id)
    for which, wanted in _WHICH.items()
}
_ADD_BORROWER, _ADD_LOAN = insert(borrower), insert(loan)
_ADD_INSTALMENT, _ADD_TAG = insert(instalment), insert(ageing_tag)


def add_borrower(conn: Connection, *, borrower_id: str, name: str, phone: str, now: datetime) -> None:
    conn.execute(_ADD_BORROWER, {"id": borrower_id, "name": name, "phone": phone, "created_at": now})


def borrower_of(conn: Connection, borrower_id: str) -> tuple[str, str] | None:
    """(name, phone), or None."""
    row = conn.execute(select(borrower.c.name, borrower.c.phone).where(borrower.c.id == borrower_id)).first()
    return None if row is None else (row.name, row.phone)


def borrower_ids(conn: Connection) -> list[str]:
    """Everybody's, in order."""
    return list(conn.execute(select(borrower.c.id).order_by(borrower.c.id)).scalars())


def lock_borrower(conn: Connection, borrower_id: str) -> bool:
    """Hold the borrower's row until the transaction ends; False where there is no such borrower."""
    return conn.execute(_LOCK, {"id": borrower_id}).first() is not None


def load_book(conn: Connection, borrower_id: str, *, settled: bool = False) -> Book | None:
    """The borrower's book with his active loans, or with all of them; None where there is no such borrower."""
    return next(load_books(conn, [borrower_id], settled=settled), None)


def load_books(
    conn: Connection, borrower_ids: Sequence[str], *, settled: bool = False, lock: bool = False
) -> Iterator[Book]:
    """Books of several borrowers in three statements, in the order of their ids."""
    people = conn.execute(_PEOPLE_LOCKED if lock else _PEOPLE, {"ids": borrower_ids}).all()
    loans = _loans(conn, "all" if settled else "active", borrower_ids)
    for borrower_id, suspense_fen, *claim in people:
        yield Book(borrower_id, suspense_fen, tuple(loans.get(borrower_id, ())), *claim)


def load_loan(conn: Connection, loan_id: str) -> LoanState | None:
    found = _loans(conn, "one", [loan_id])
    return next((one for loans in found.values() for one in loans), None)


def _loans(conn: Connection, which: str, ids: Sequence[str]) -> dict[str, list[LoanState]]:
    loan_ids, *parts = by_column(conn, _PARTS[which], _PART_COLUMNS, ids)
    instalments: dict[str, list[InstalmentState]] = {}
    for loan_id, one in zip(loan_ids, map(InstalmentState, *parts), strict=True):
        instalments.setdefault(loan_id, []).append(one)
    for of_loan in instalments.values():
        of_loan.sort(key=_number)
    values = dict(zip(_LOAN_FIELDS, by_column(conn, _HEADS[which], _HEAD_COLUMNS, ids), strict=True))
    values["allocation_order"] = list(map(_components, values["allocation_order"]))
    for name, nothing in (("pauses", ()), ("plan", None), ("card", None), ("purchases", ())):
        values[name] = [_JSON[name].validate_python(one) if one else nothing for one in values[name]]
    values["instalments"] = [
        tuple(parts if card is None else (one for one in parts if not cycles.is_left_out(one)))
        for parts, card in zip((instalments.get(one, ()) for one in values["id"]), values["card"], strict=True)
    ]
    found: dict[str, list[LoanState]] = {}
    for state in map(LoanState, *(values[one.name] for one in fields(LoanState))):
        found.setdefault(state.borrower_id, []).append(state)
    return found


@cache  # products have few
def _components(order: str) -> tuple[str, ...]:
    return tuple(order.split(","))


def add_loan(conn: Connection, state: LoanState, *, now: datetime) -> None:
    values = {name: _stored(state, name) for name in _LOAN_FIELDS}
    conn.execute(_ADD_LOAN, {**values, "created_at": now})
    conn.execute(_ADD_INSTALMENT, [cycles.row(state.id, one) for one in state.instalments])
    conn.execute(_ADD_TAG, {"loan_id": state.id, "bucket": state.bucket, "entered_on": state.disbursed_on})


def _stored(state: LoanState, name: str) -> Any:
    value = getattr(state, name)
    if name == "allocation_order":
        return ",".join(value)
    if name in _JSON:
        return _JSON[name].dump_python(value, mode="json") if value else None
    return value


def save_cycles(conn: Connection, changes: Iterable[tuple[Book, Book]]) -> None:
    """Write what accounts have more or less between each book and the book after it; comes before `save_books`."""
    for before, after in changes:
        known = {loan.id: loan for loan in before.loans if loan.card is not None}
        for new in after.loans:
            if new.id in known and known[new.id] is not new:
                cycles.save(conn, known[new.id], new)


def save_books(conn: Connection, changes: Iterable[tuple[Book, Book]]) -> None:
    """Write what differs between each book and the book after it, in a handful of statements for all of them. Several
    changes of one book come in their order. Loans of the book after that the one before does not have are left alone:
    they were not loaded."""
    parts: dict[tuple[str, int], dict[str, Any]] = {}
    heads: dict[str, LoanState] = {}
    moved: dict[str, list[LoanState]] = {}
    people: dict[str, dict[str, Any]] = {}
    for before, after in changes:
        if _of_borrower(before) != _of_borrower(after):
            people[after.borrower_id] = dict(zip(_OF_BORROWER, _of_borrower(after), strict=True))
        known = {loan.id: loan for loan in before.loans}
        for old, new in ((known[one.id], one) for one in after.loans if one.id in known):
            if old is new:
                continue
            parts.update(_changed_instalments(old, new))
            if _changing_of_loan(old) != _changing_of_loan(new):
                heads[new.id] = new
            if old.bucket != new.bucket:
                moved.setdefault(new.id, []).append(new)
    change_rows(conn, instalment, list(parts.values()), by=("loan_id", "no"))
    change_rows(conn, loan, [_changed_loan(one) for one in heads.values()], by=("id",))
    change_rows(conn, borrower, [{"id": one, **said} for one, said in people.items()], by=("id",))
    if moved:
        left = [{"loan_id": one, "left_on": into[0].aged_on} for one, into in moved.items()]
        change_rows(conn, ageing_tag, left, by=("loan_id",), where_null=("left_on",))
        add_rows(conn, ageing_tag, [tag for into in moved.values() for tag in _tags(into)])


def _changed_loan(new: LoanState) -> dict[str, Any]:
    values = dict(zip(_LOAN_CHANGING, _changing_of_loan(new), strict=True))
    return {"id": new.id, **values, **{name: _stored(new, name) for name in _CHANGING_JSON}}


def _tags(into: Sequence[LoanState]) -> Iterator[dict[str, Any]]:
    """The buckets that a loan entered one after the other; the last is the one it is in."""
    for one, following in zip_longest(into, into[1:]):
        left_on = None if following is None else following.aged_on
        yield {"loan_id": one.id, "bucket": one.bucket, "entered_on": one.aged_on, "left_on": left_on}


def _changed_instalments(old: LoanState, new: LoanState) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    if old.instalments is new.instalments:
        return
    for before, after in zip(old.instalments, new.instalments, strict=new.card is None):
        if before is not after and before != after:
            values = zip(_CHANGING, _changing_of_instalment(after), strict=True)
            yield (new.id, after.no), {"loan_id": new.id, "no": after.no, **dict(values)}


def owner_of_loan(conn: Connection, loan_id: str) -> str | None:
    return conn.execute(select(loan.c.borrower_id).where(loan.c.id == loan_id)).scalar()


def hardship_plan_of(conn: Connection, plan_id: str) -> tuple[str, int, str] | None:
    """(loan id, months, approved by), or None."""
    row = conn.execute(select(hardship_plan).where(hardship_plan.c.id == plan_id)).first()
    return None if row is None else (row.loan_id, row.months, row.approved_by)


def hardship_plans_of(conn: Connection, borrower_id: str) -> tuple[tuple[str, int, datetime], ...]:
    """(loan id, months, when) of those that stand, newest first."""
    mine = select(hardship_plan).join(loan, loan.c.id == hardship_plan.c.loan_id)
    event, undoing = ledger_event.alias(), ledger_event.alias()
    undone = select(event.c.event_key).join(undoing, undoing.c.cancels_id == event.c.id)
    stands = ("deferral:" + hardship_plan.c.id).not_in(undone.where(event.c.borrower_id == borrower_id))
    wanted = mine.where(loan.c.borrower_id == borrower_id, stands)
    rows = conn.execute(wanted.order_by(hardship_plan.c.created_at.desc()))
    return tuple((row.loan_id, row.months, row.created_at) for row in rows)


def add_hardship_plan(
    conn: Connection, *, plan_id: str, loan_id: str, months: int, reason: str, approved_by: str, now: datetime
) -> None:
    conn.execute(
        insert(hardship_plan).values(
            id=plan_id, loan_id=loan_id, months=months, reason=reason, approved_by=approved_by, created_at=now
        )
    )

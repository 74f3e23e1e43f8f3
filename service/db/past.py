"""The past of debtors, some hundreds at a time: one statement a table, put together in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach, pause, promise
from service.db.tables.contact import contact_attempt, contact_point
from service.db.tables.loan import (
    ageing_tag,
    borrower,
    credit_line,
    instalment,
    journal_entry,
    journal_line,
    loan,
    receipt,
)
from service.domain.collect.contact import Attempt, Outcome
from service.domain.collect.outreach import By, Medium, Purpose, Stop
from service.domain.collect.outreach import Kind as Asking
from service.domain.collect.past import Done, Due, Past, PastPromise, PastStop
from service.domain.collect.promise import PromiseState
from service.domain.loan.journal import Account, Kind

LESSENING = (Kind.PAYMENT.value, Kind.SUSPENSE_USED.value, Kind.WAIVER.value)
OWED = (Account.PRINCIPAL.value, Account.INTEREST.value, Account.FEE.value)


def with_something_due(conn: Connection, *, first: date, last: date) -> list[str]:
    """Borrowers, in order, who had an instalment due by `last` that was not paid before `first`."""
    unpaid = instalment.c.paid_on.is_(None) | (instalment.c.paid_on >= first)
    found = select(loan.c.borrower_id).join(instalment, instalment.c.loan_id == loan.c.id).distinct()
    return list(conn.execute(found.where(instalment.c.due_on <= last, unpaid).order_by(loan.c.borrower_id)).scalars())


def pasts_of(conn: Connection, ids: Sequence[str]) -> list[Past]:
    parts = (_dues, _promises, _stops, _payments, _late, _written_off, _said, _suppressed, _calls, _done, _limits)
    told: dict[str, dict[str, Any]] = {one: {} for one in ids}
    for part in parts:
        for borrower_id, values in part(conn, ids).items():
            told[borrower_id] |= values
    people = select(borrower.c.id, borrower.c.name, borrower.c.phone).where(borrower.c.id.in_(ids))
    return [
        Past(row.id, row.name, row.phone, **({"limit_fen": 0} | told[row.id]))
        for row in conn.execute(people.order_by(borrower.c.id))
    ]


Told = dict[str, dict[str, Any]]


def _gathered(name: str, found: dict[str, list[Any]]) -> Told:
    return {borrower_id: {name: tuple(rows)} for borrower_id, rows in found.items()}


def _rows(conn: Connection, query: Select[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(query):
        found[row[0]].append(row)
    return found


def _dues(conn: Connection, ids: Sequence[str]) -> Told:
    entries = journal_line.join(journal_entry, journal_entry.c.id == journal_line.c.entry_id)
    where = (
        journal_entry.c.borrower_id.in_(ids),
        journal_entry.c.kind.in_(LESSENING),
        journal_line.c.account.in_(OWED),
    )
    key = (journal_line.c.loan_id, journal_line.c.instalment_no, journal_entry.c.business_date)
    paid: dict[tuple[str, int], list[tuple[date, int]]] = defaultdict(list)
    sums = select(*key, -func.sum(journal_line.c.amount_fen)).select_from(entries).where(*where).group_by(*key)
    for loan_id, no, on, fen in conn.execute(sums):
        paid[loan_id, no].append((on, int(fen)))
    one = instalment.c
    total = one.principal_fen + one.interest_fen + one.fee_fen
    query = (
        select(
            loan.c.borrower_id,
            loan.c.id,
            loan.c.product_code,
            one.no,
            one.due_on,
            total,
            one.principal_fen,
            one.paid_on,
        )
        .join(instalment, one.loan_id == loan.c.id)
        .where(loan.c.borrower_id.in_(ids))
        .order_by(one.due_on, loan.c.id)
    )
    return {
        borrower_id: {"dues": tuple(Due(*row[2:], tuple(paid[row[1], row[3]])) for row in rows)}
        for borrower_id, rows in _rows(conn, query).items()
    }


def _promises(conn: Connection, ids: Sequence[str]) -> Told:
    made = promise.c
    query = select(made.borrower_id, made.created_at, made.decided_at, made.state).where(made.borrower_id.in_(ids))
    found = _rows(conn, query)
    return _gathered(
        "promises", {one: [PastPromise(r[1], r[2], PromiseState(r[3])) for r in rows] for one, rows in found.items()}
    )


def _stops(conn: Connection, ids: Sequence[str]) -> Told:
    query = select(pause.c.borrower_id, pause.c.reason, pause.c.started_at, pause.c.ended_at)
    found = _rows(conn, query.where(pause.c.borrower_id.in_(ids)))
    return _gathered("stops", {one: [PastStop(Stop(r[1]), r[2], r[3]) for r in rows] for one, rows in found.items()})


def _payments(conn: Connection, ids: Sequence[str]) -> Told:
    query = select(receipt.c.borrower_id, receipt.c.paid_at).where(receipt.c.borrower_id.in_(ids))
    found = _rows(conn, query.where(receipt.c.reversed_at.is_(None)).order_by(receipt.c.paid_at))
    return _gathered("payments", {one: [row[1] for row in rows] for one, rows in found.items()})


def _late(conn: Connection, ids: Sequence[str]) -> Told:
    query = select(loan.c.borrower_id, ageing_tag.c.entered_on, ageing_tag.c.left_on)
    mine = query.join(loan, loan.c.id == ageing_tag.c.loan_id).where(loan.c.borrower_id.in_(ids))
    found = _rows(conn, mine.where(ageing_tag.c.bucket == "M1"))
    return _gathered("late", {one: [(row[1], row[2]) for row in rows] for one, rows in found.items()})


def _written_off(conn: Connection, ids: Sequence[str]) -> Told:
    first = select(loan.c.borrower_id, func.min(loan.c.written_off_on)).where(loan.c.borrower_id.in_(ids))
    return {row[0]: {"written_off_on": row[1]} for row in conn.execute(first.group_by(loan.c.borrower_id))}


def _said(conn: Connection, ids: Sequence[str]) -> Told:
    query = select(
        conversation.c.borrower_id, turn.c.direction, conversation.c.channel, turn.c.created_at, turn.c.sender
    )
    mine = query.join(turn, turn.c.conversation_id == conversation.c.id).where(conversation.c.borrower_id.in_(ids))
    found: Told = {}
    for one, rows in _rows(conn, mine).items():
        wrote = tuple((row[2], row[3]) for row in rows if row[1] == "in")
        replies = tuple((row[2], row[3]) for row in rows if row[1] == "out" and row[4] != "outreach")
        found[one] = {"wrote": wrote, "replies": replies}
    return found


def _suppressed(conn: Connection, ids: Sequence[str]) -> Told:
    point = contact_point.c
    query = select(point.borrower_id, point.kind, point.suppressed_at).where(point.borrower_id.in_(ids))
    found = _rows(conn, query.where(point.target == "debtor", point.suppressed_at.is_not(None)))
    return _gathered("suppressed", {one: [(row[1], row[2]) for row in rows] for one, rows in found.items()})


def _calls(conn: Connection, ids: Sequence[str]) -> Told:
    one = contact_attempt.c
    query = (
        select(one.borrower_id, *(one[name] for name in _ATTEMPT), contact_point.c.kind.label("of"))
        .select_from(contact_attempt.outerjoin(contact_point, contact_point.c.id == one.contact_point_id))
        .where(one.borrower_id.in_(ids), one.outreach_id.is_(None))
    )
    found = {who: [_attempt(row) for row in rows] for who, rows in _rows(conn, query).items()}
    return _gathered("calls", found)


_ATTEMPT = ("id", "channel", "medium", "kind", "purpose", "by_kind", "by_name", "at", "outcome")


def _attempt(row: Any) -> Attempt:
    return Attempt(
        id=row.id,
        borrower_id=row.borrower_id,
        channel=row.channel,
        medium=Medium(row.medium),
        by_kind=By(row.by_kind),
        by_name=row.by_name,
        at=row.at,
        kind=Asking(row.kind),
        purpose=Purpose(row.purpose),
        contact_point_id=row.of,
        outcome=Outcome(row.outcome),
    )


def _done(conn: Connection, ids: Sequence[str]) -> Told:
    one = outreach.c
    query = select(one.borrower_id, one.business_date, one.tier, one.channel, one.state, one.reasons)
    found = _rows(conn, query.where(one.borrower_id.in_(ids)))
    return _gathered(
        "done",
        {who: [Done(*row[1:5], tuple(r["code"] for r in row[5])) for row in rows] for who, rows in found.items()},
    )


def _limits(conn: Connection, ids: Sequence[str]) -> Told:
    mine = select(credit_line.c.borrower_id, func.sum(credit_line.c.limit_fen)).where(
        credit_line.c.borrower_id.in_(ids), credit_line.c.status != "closed"
    )
    return {row[0]: {"limit_fen": int(row[1])} for row in conn.execute(mine.group_by(credit_line.c.borrower_id))}

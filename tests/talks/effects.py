"""What the database says of one borrower, before a conversation and after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, func, select

from actions.replies import day, yuan
from service.db.tables.autopay import autopay_event
from service.db.tables.chat import conversation
from service.db.tables.collect import outreach, pause, promise, promise_part
from service.db.tables.credit_line import limit_application
from service.db.tables.desk import handover
from service.db.tables.hardship import hardship_proposal
from service.db.tables.loan import credit_line, journal_entry, journal_line, receipt
from service.db.tables.matter import matter
from service.db.tables.payment import payment_order
from service.usecases.loan.bill import bill
from service.usecases.loan.limit import limit
from service.usecases.loan.payments import payments
from service.usecases.loan.payoff import payoff


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows that a conversation can change; sums in yuan as borrowers read them."""

    orders: tuple[str, ...]  # "500 succeeded"
    receipts: tuple[str, ...]
    promises: tuple[str, ...]  # "500 2026-12-04 pending"
    parts: tuple[str, ...]  # of promises, by their days: "500 2026-12-04 pending"
    pauses: tuple[str, ...]  # the reasons of those that are open
    persons: tuple[str, ...]  # why a person was asked for
    applications: tuple[str, ...]  # "25,000 approved"
    limits: tuple[int, ...]
    proposals: tuple[str, ...]  # "plan proposed"
    matters: tuple[str, ...]  # disputes and complaints by their kind
    autopay: tuple[str, ...]  # its changes: "switch off", "card on"
    journal: tuple[str, ...]  # the kinds of the entries
    cash_fen: int


def kept(conn: Connection, *, borrower_id: str, conversation_id: str) -> Kept:
    """Oldest first, all of it."""

    def rows(table: Table, *columns: Any) -> Any:
        return conn.execute(select(*columns).where(table.c.borrower_id == borrower_id).order_by(table.c.created_at))

    paused = select(pause.c.reason).where(pause.c.borrower_id == borrower_id, pause.c.ended_at.is_(None))
    asked = select(handover.c.reason).where(handover.c.conversation_id == conversation_id).order_by(handover.c.id)
    entries = journal_line.join(journal_entry, journal_line.c.entry_id == journal_entry.c.id)
    cash = select(func.coalesce(func.sum(journal_line.c.amount_fen), 0)).select_from(entries)
    of_cash = cash.where(journal_entry.c.borrower_id == borrower_id, journal_line.c.account == "cash")
    part = promise_part.c
    in_parts = (
        select(part.amount_fen, part.due_on, part.state)
        .join(promise, promise.c.id == part.promise_id)
        .where(promise.c.borrower_id == borrower_id)
        .order_by(promise.c.created_at, part.no)
    )
    order, made, wanted = payment_order.c, promise.c, limit_application.c
    return Kept(
        orders=tuple(f"{yuan(fen)} {state}" for fen, state in rows(payment_order, order.amount_fen, order.state)),
        receipts=tuple(yuan(fen) for (fen,) in rows(receipt, receipt.c.amount_fen)),
        promises=tuple(
            f"{yuan(fen)} {due_on} {state}"
            for fen, due_on, state in rows(promise, made.amount_fen, made.due_on, made.state)
        ),
        parts=tuple(f"{yuan(fen)} {due_on} {state}" for fen, due_on, state in conn.execute(in_parts)),
        pauses=tuple(sorted(conn.scalars(paused))),
        persons=tuple(conn.scalars(asked)),
        applications=tuple(
            f"{yuan(fen)} {state}" for fen, state in rows(limit_application, wanted.asked_fen, wanted.state)
        ),
        limits=tuple(fen for (fen,) in rows(credit_line, credit_line.c.limit_fen)),
        proposals=tuple(
            f"{kind} {state}"
            for kind, state in rows(hardship_proposal, hardship_proposal.c.kind, hardship_proposal.c.state)
        ),
        matters=tuple(kind for (kind,) in rows(matter, matter.c.kind)),
        autopay=tuple(
            f"{kind} {'on' if enabled else 'off'}"
            for kind, enabled in rows(autopay_event, autopay_event.c.kind, autopay_event.c.enabled)
        ),
        journal=tuple(kind for (kind,) in rows(journal_entry, journal_entry.c.kind)),
        cash_fen=int(conn.scalar(of_cash) or 0),
    )


def reminders(conn: Connection, *, borrower_id: str) -> list[str]:
    """The texts that were sent to a borrower by outreach."""
    sent = select(outreach.c.text).where(outreach.c.borrower_id == borrower_id, outreach.c.state == "sent")
    return list(conn.scalars(sent))


def conversation_id_of(conn: Connection, borrower_id: str) -> str:
    """Of the borrower's conversation in the app; "" before there is one."""
    mine = (conversation.c.borrower_id == borrower_id) & (conversation.c.channel == "inapp")
    return conn.scalar(select(conversation.c.id).where(mine)) or ""


def figures(conn: Connection, *, borrower_id: str, today: date) -> dict[str, str]:
    """What a conversation may name in braces, as the ledger has it and borrowers read it."""
    owed = bill(conn, borrower_id=borrower_id, today=today)
    lines = limit(conn, borrower_id=borrower_id, today=today)
    last = payments(conn, borrower_id=borrower_id, limit=1).payments
    sums = {
        "bill": owed.bill_fen,
        "minimum": owed.minimum_fen,
        "overdue": owed.overdue_fen,
        "penalty": owed.penalty_fen,
        "half": (owed.bill_fen + 1) // 2,
        "next_due": owed.next_due_fen or 0,
        "payoff": payoff(conn, borrower_id=borrower_id, today=today).total_fen,
        "limit": lines.limit_fen,
        "used": lines.used_fen,
        "available": lines.available_fen,
        "last_paid": last[0].amount_fen if last else 0,
    }
    days = {"due_on": owed.due_on, "next_due_on": owed.next_due_on}
    said = {name: day(on, today=today) if on else "—" for name, on in days.items()}
    return {name: yuan(fen) for name, fen in sums.items()} | said | {"days": str(owed.days_past_due)}

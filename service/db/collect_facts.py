"""What is known of many debtors at once: one statement a table for a chunk of borrowers, put together in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select

from service.db.many_ids import among_these
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach, pause, promise
from service.db.tables.loan import ageing_tag, credit_line, instalment, loan, receipt
from service.domain.chat.wechat_binding import PAYLOAD as BINDING
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.outreach import COUNTED, Stop
from service.domain.collect.promise import PromiseState
from service.domain.collect.tier import Standing
from service.domain.days import SHANGHAI, business_date

LOOK_BACK = timedelta(days=365)
WROTE_WITHIN = timedelta(days=1)  # today or yesterday: a conversation goes on
QUICK = timedelta(days=7)
_HARDSHIP = (Stop.HARDSHIP.value, Stop.PLAN_KEPT.value)
_VULNERABLE = (Stop.ILLNESS.value, Stop.CRISIS.value, Stop.INCAPACITY.value, Stop.DEBTOR_UNAVAILABLE.value)
_BROKEN = (PromiseState.PARTLY.value, PromiseState.BROKEN.value)

Told = dict[str, dict[str, Any]]


def facts_of(conn: Connection, standings: Mapping[str, Standing], *, today: date) -> dict[str, DebtorFacts]:
    """By borrower, for those whose standings are given."""
    ids = list(standings)
    since = datetime.combine(today - LOOK_BACK, time.min, SHANGHAI)
    told: Told = {one: _standing(at) for one, at in standings.items()}
    for part in (
        _loans(conn, ids, today),
        _products(conn, ids, today),
        _limits(conn, ids),
        _episodes(conn, ids, today, standings),
        _promises(conn, ids, since),
        _stops(conn, ids, since),
        _payments(conn, standings),
        _talk(conn, ids, today),
    ):
        for borrower_id, values in part:
            told[borrower_id].update(values)
    return {one: DebtorFacts(**values) for one, values in told.items()}


def _standing(at: Standing) -> dict[str, Any]:
    return {"days_past_due": max(0, at.day), "overdue_fen": at.fen if at.day > 0 else 0}


Part = Iterator[tuple[str, dict[str, Any]]]


def _loans(conn: Connection, ids: Sequence[str], today: date) -> Part:
    unpaid = instalment.c.paid_on.is_(None)
    nothing_paid = instalment.c.principal_paid_fen + instalment.c.interest_paid_fen + instalment.c.fee_paid_fen == 0
    never = (instalment.c.no == 1) & unpaid & (instalment.c.due_on < today) & nothing_paid
    principal = instalment.c.principal_fen - instalment.c.principal_paid_fen
    query = select(
        loan.c.borrower_id,
        func.sum(case((unpaid, 0), else_=1)).label("paid"),
        func.sum(case((unpaid, principal), else_=0)).label("principal"),
        func.max(case((never, 1), else_=0)).label("never"),
    ).join(instalment, instalment.c.loan_id == loan.c.id)
    for row in conn.execute(query.where(among_these(loan.c.borrower_id, ids)).group_by(loan.c.borrower_id)):
        yield (
            row.borrower_id,
            {
                "instalments_paid": int(row.paid),
                "owed_principal_fen": int(row.principal),
                "first_payment_default": bool(row.never),
            },
        )


def _products(conn: Connection, ids: Sequence[str], today: date) -> Part:
    """Of the loans that are overdue; of all that run where none is."""
    late = func.max(case((instalment.c.due_on < today, 1), else_=0)).label("late")
    query = select(loan.c.borrower_id, loan.c.product_code, late).join(instalment, instalment.c.loan_id == loan.c.id)
    running = query.where(
        among_these(loan.c.borrower_id, ids), loan.c.status == "active", instalment.c.paid_on.is_(None)
    )
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in conn.execute(running.group_by(loan.c.borrower_id, loan.c.product_code)):
        found[row.borrower_id].append((row.product_code, row.late))
    for borrower_id, codes in found.items():
        overdue = frozenset(code for code, is_late in codes if is_late)
        yield borrower_id, {"products": overdue or frozenset(code for code, _ in codes)}


def _limits(conn: Connection, ids: Sequence[str]) -> Part:
    mine = select(credit_line.c.borrower_id, func.sum(credit_line.c.limit_fen).label("fen"))
    open_ones = mine.where(among_these(credit_line.c.borrower_id, ids), credit_line.c.status != "closed")
    for row in conn.execute(open_ones.group_by(credit_line.c.borrower_id)):
        yield row.borrower_id, {"limit_fen": int(row.fen)}


def _episodes(conn: Connection, ids: Sequence[str], today: date, standings: Mapping[str, Standing]) -> Part:
    """Each time in arrears enters M1 once."""
    tags = select(loan.c.borrower_id, ageing_tag.c.entered_on, ageing_tag.c.left_on)
    late = tags.join(loan, loan.c.id == ageing_tag.c.loan_id).where(
        among_these(loan.c.borrower_id, ids), ageing_tag.c.bucket == "M1", ageing_tag.c.entered_on >= today - LOOK_BACK
    )
    spans: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for row in conn.execute(late):
        spans[row.borrower_id].append((row.entered_on, row.left_on))
    for borrower_id, found in spans.items():
        began = standings[borrower_id].episode_on
        before = [(entered, left) for entered, left in found if left is not None and entered <= began]
        quick = sum(left - entered <= QUICK for entered, left in before)
        yield borrower_id, {"episodes_before": len(before), "quick_cures": quick}


def _promises(conn: Connection, ids: Sequence[str], since: datetime) -> Part:
    counted = select(
        promise.c.borrower_id,
        func.sum(case((promise.c.state == PromiseState.KEPT.value, 1), else_=0)).label("kept"),
        func.sum(case((promise.c.state.in_(_BROKEN), 1), else_=0)).label("broken"),
    ).where(among_these(promise.c.borrower_id, ids), promise.c.created_at >= since)
    for row in conn.execute(counted.group_by(promise.c.borrower_id)):
        yield row.borrower_id, {"promises_kept": int(row.kept), "promises_broken": int(row.broken)}


def _stops(conn: Connection, ids: Sequence[str], since: datetime) -> Part:
    told = select(
        pause.c.borrower_id,
        func.max(case((pause.c.reason.in_(_HARDSHIP), 1), else_=0)).label("hardship"),
        func.max(case((pause.c.reason.in_(_VULNERABLE), 1), else_=0)).label("vulnerable"),
    ).where(among_these(pause.c.borrower_id, ids), pause.c.started_at >= since)
    for row in conn.execute(told.group_by(pause.c.borrower_id)):
        yield row.borrower_id, {"hardship": bool(row.hardship), "vulnerable": bool(row.vulnerable)}


def _payments(conn: Connection, standings: Mapping[str, Standing]) -> Part:
    paid = select(receipt.c.borrower_id, func.max(receipt.c.paid_at).label("last"))
    good = paid.where(among_these(receipt.c.borrower_id, standings), receipt.c.reversed_at.is_(None))
    for row in conn.execute(good.group_by(receipt.c.borrower_id)):
        began = standings[row.borrower_id].episode_on
        yield row.borrower_id, {"paid_in_episode": business_date(row.last) > began}


def _talk(conn: Connection, ids: Sequence[str], today: date) -> Part:
    used = (among_these(outreach.c.borrower_id, ids), outreach.c.state.in_([one.value for one in COUNTED]))
    asked = dict(
        _pairs(
            conn.execute(
                select(outreach.c.borrower_id, func.max(outreach.c.claimed_at))
                .where(*used)
                .group_by(outreach.c.borrower_id)
            )
        )
    )
    if not asked:
        return
    recent = datetime.combine(today, time.min, SHANGHAI) - WROTE_WITHIN
    said = (
        select(conversation.c.borrower_id, func.max(turn.c.created_at))
        .join(turn, turn.c.conversation_id == conversation.c.id)
        .where(among_these(conversation.c.borrower_id, asked), turn.c.direction == "in", turn.c.created_at >= recent)
        .where(turn.c.payload.is_distinct_from(BINDING))  # to bind WeChat is to say nothing of the debt
        .group_by(conversation.c.borrower_id)
    )
    wrote = dict(_pairs(conn.execute(said)))
    for borrower_id, at in asked.items():
        answered = borrower_id in wrote and wrote[borrower_id] > at
        yield borrower_id, {"last_asked_on": business_date(at), "wrote_since_asked": answered}


def _pairs(rows: Iterable[Any]) -> Iterator[tuple[str, datetime]]:
    return ((row[0], row[1]) for row in rows)

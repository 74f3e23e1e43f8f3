"""Debts of the whole portfolio as sets: one statement, one row a borrower; and who has work at a close of day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, not_, or_, select, union_all, update

from service.db.tables.loan import borrower, day_close, instalment, loan
from service.domain.loan.ageing import days_past_due
from service.domain.loan.bill import Debt, debt_from
from service.domain.loan.terms import Method

_UNPAID = (
    instalment.c.principal_fen
    + instalment.c.interest_fen
    + instalment.c.fee_fen
    + instalment.c.penalty_fen
    - instalment.c.principal_paid_fen
    - instalment.c.interest_paid_fen
    - instalment.c.fee_paid_fen
    - instalment.c.penalty_paid_fen
)
_OF_BORROWER = (borrower.c.suspense_fen, borrower.c.refund_claim_fen)
# The open cycle of an account: no statement asks for it yet.
_OPEN = and_(loan.c.method == Method.REVOLVING.value, instalment.c.stated_fen.is_(None))
# Under a plan nothing is asked for by its contract's due dates.
_ASKED = and_(loan.c.plan.is_(None), not_(_OPEN))


def select_debts(
    conn: Connection, *, today: date, dpd_at_least: int | None, due_within_days: int | None
) -> Iterator[Debt]:
    """Borrowers that are overdue by at least so many days or have something due within so many days, by id."""
    if dpd_at_least is None and due_within_days is None:
        return
    due_on = instalment.c.due_on
    horizon = today - timedelta(days=1) if due_within_days is None else today + timedelta(days=due_within_days)
    # of most borrowers nothing falls due for weeks: they are left out before anything is summed
    near = _unpaid_instalments(loan.c.borrower_id, where=and_(_ASKED, due_on <= horizon))
    each = _unpaid_instalments(
        loan.c.borrower_id,
        func.min(case((due_on < today, due_on))).label("oldest_due_on"),
        func.min(case((due_on >= today, due_on))).label("next_due_on"),
        func.sum(case((due_on < today, _UNPAID), else_=0)).label("overdue_fen"),
        func.sum(case((due_on == today, _UNPAID), else_=0)).label("today_fen"),
        where=and_(_ASKED, loan.c.borrower_id.in_(near)),
    ).group_by(loan.c.borrower_id)
    wanted = []
    if dpd_at_least is not None:
        # nobody with nothing overdue, even for 0 days
        latest = min(today - timedelta(days=dpd_at_least), today - timedelta(days=1))
        wanted.append(func.min(case((due_on < today, due_on))) <= latest)
    if due_within_days is not None:
        wanted.append(func.min(case((due_on >= today, due_on))) <= today + timedelta(days=due_within_days))
    sums = each.having(or_(*wanted)).cte("sums")
    following = (
        _unpaid_instalments(loan.c.borrower_id, func.sum(_UNPAID).label("fen"), where=_ASKED)
        .join(sums, and_(sums.c.borrower_id == loan.c.borrower_id, sums.c.next_due_on == due_on))
        .group_by(loan.c.borrower_id)
        .subquery()
    )
    query = (
        select(sums, func.coalesce(following.c.fen, 0).label("next_due_fen"), *_OF_BORROWER)
        .join(borrower, borrower.c.id == sums.c.borrower_id)
        .outerjoin(following, following.c.borrower_id == sums.c.borrower_id)
        .order_by(sums.c.borrower_id)
    )
    # a part at a time: PostgreSQL's driver would fetch them all, however many there are
    for row in conn.execute(query, execution_options={"yield_per": 1000}).mappings():
        debt = debt_from(
            borrower_id=row["borrower_id"],
            overdue_fen=int(row["overdue_fen"]),
            today_fen=int(row["today_fen"]),
            oldest_due_on=row["oldest_due_on"],
            next_due_on=row["next_due_on"],
            next_due_fen=int(row["next_due_fen"]),
            days_past_due=days_past_due(oldest_unpaid_due=row["oldest_due_on"], as_of=today),
            suspense_fen=row["suspense_fen"],
            refund_claim_fen=row["refund_claim_fen"],
        )
        if debt.overdue_fen or debt.next_due_fen:
            yield debt


def _unpaid_instalments(*columns: Any, where: Any = None) -> Any:
    joined = instalment.join(loan, loan.c.id == instalment.c.loan_id)
    unpaid = [loan.c.status == "active", instalment.c.paid_on.is_(None)]
    return select(*columns).select_from(joined).where(*unpaid, *([] if where is None else [where]))


def select_to_age(day: date) -> Any:
    """Ids of the borrowers with something due, or a statement to be made, by `day` who have not been aged to it, in
    order."""
    due = select(instalment.c.loan_id).where(instalment.c.paid_on.is_(None), instalment.c.due_on <= day)
    # From the accounts, which are fewer than what is unpaid: joined, SQLite begins at every unpaid instalment.
    accounts = select(loan.c.id).where(loan.c.method == Method.REVOLVING.value, loan.c.status == "active")
    to_state = select(instalment.c.loan_id).where(
        instalment.c.loan_id.in_(accounts),
        instalment.c.paid_on.is_(None),
        instalment.c.ends_on <= day,
        instalment.c.stated_fen.is_(None),
    )
    stale = or_(loan.c.aged_on.is_(None), loan.c.aged_on < day)
    found = select(loan.c.borrower_id).where(loan.c.id.in_(union_all(due, to_state)), loan.c.status == "active", stale)
    return found.distinct().order_by(loan.c.borrower_id)


def last_closed(conn: Connection) -> date | None:
    """The latest business date whose close has finished."""
    query = select(func.max(day_close.c.business_date)).where(day_close.c.finished_at.is_not(None))
    return conn.execute(query).scalar()


def set_aside(conn: Connection) -> tuple[date | None, list[str]]:
    """The latest closed day, and the borrowers whose loans could not be aged to it."""
    query = select(day_close.c.business_date, day_close.c.failures).where(day_close.c.finished_at.is_not(None))
    row = conn.execute(query.order_by(day_close.c.business_date.desc()).limit(1)).first()
    return (None, []) if row is None else (row.business_date, [one["borrower_id"] for one in row.failures])


def begin_close(conn: Connection, *, day: date, now: datetime) -> None:
    """Mark a close as begun; one that a crash left unfinished is taken up again."""
    known = conn.execute(select(day_close.c.business_date).where(day_close.c.business_date == day)).first()
    if known is None:
        conn.execute(insert(day_close).values(business_date=day, started_at=now, counts={}, failures=[]))


def finish_close(
    conn: Connection, *, day: date, counts: dict[str, int], failures: list[dict[str, str]], now: datetime
) -> None:
    one = update(day_close).where(day_close.c.business_date == day)
    conn.execute(one.values(finished_at=now, counts=counts, failures=failures))

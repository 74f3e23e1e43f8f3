"""Why a borrower's limits are not what they were, from the events of his lines and what he drew and repaid."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from service.db import credit_line as store
from service.domain.errors import Refused
from service.domain.loan.credit_line import LineEvent
from service.domain.loan.limit_explanation import Explanation, explain, explain_line
from service.domain.loan.limit_rules import LimitRules
from service.usecases.loan.debt import debt_of


def explain_limit(
    conn: Connection, *, borrower_id: str, today: date, rules: LimitRules, since: date | None = None
) -> Explanation:
    """What changed from the end of `since` (else so many days ago as the policy looks back) until today.

    Raises NotFound (no such borrower), Refused (since_not_before: it is not a day before today).
    """
    since = since or today - timedelta(days=rules.explained_days)
    if since >= today:
        raise Refused("请选择今天以前的一天来比较。", code="since_not_before")
    late = debt_of(conn, borrower_id=borrower_id, today=today).days_past_due
    moved = store.movements_of(conn, borrower_id, since=since)
    next_steps = {code: one.next_step for code, one in rules.reasons.items() if one.next_step}
    lines = [
        explain_line(
            line,
            events=store.events_of(conn, line.id),
            movements=moved.get(line.id, ()),
            since=since,
            today=today,
            next_steps=next_steps,
        )
        for line in store.lines_of(conn, borrower_id)
    ]
    return explain(lines, since=since, today=today, days_past_due=late)


def history_of(conn: Connection, *, borrower_id: str) -> dict[str, tuple[LineEvent, ...]]:
    """Every event of each of the borrower's lines, in order, by line."""
    return {line.id: store.events_of(conn, line.id) for line in store.lines_of(conn, borrower_id)}

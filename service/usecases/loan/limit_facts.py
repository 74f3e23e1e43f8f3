"""Gathers what the rules for limits look at, as of a day, and what they may grant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from service.db import credit_line as store
from service.db import limit_application as applications
from service.domain.days import business_date
from service.domain.loan.credit_line import CreditLine
from service.domain.loan.limit_decision import Facts, months_between, percent_up, record_of
from service.domain.loan.limit_rules import LimitRules
from service.usecases.loan.changing_line import others_fen
from service.usecases.loan.current import current_book

# Codes of what is unsettled with a borrower (a dispute, hardship …); the ledger does not know them itself.
Stops = Callable[[Connection, str], tuple[str, ...]]


def facts_of(
    conn: Connection, line: CreditLine, *, asked_fen: int, stops: Stops, model_score: int | None, now: datetime
) -> Facts:
    """Everything a decision on `asked_fen` for this line may look at, read in this transaction."""
    today = business_date(now)
    record = record_of(current_book(conn, borrower_id=line.borrower_id, today=today, settled=True), today)
    mine = store.lines_of(conn, line.borrower_id)
    last = applications.latest_of_line(conn, line.id)
    income_fen = applications.income_on(conn, line.borrower_id, day=today)
    temporary_fen = 0 if line.state.temporary_is_over(today) else line.state.temporary_fen
    return Facts(
        as_of=today,
        line_id=line.id,
        product_code=line.product_code,
        limit_fen=line.state.limit_fen,
        asked_fen=asked_fen,
        asked_percent=percent_up(asked_fen, line.state.limit_fen),
        total_after_fen=asked_fen + temporary_fen + others_fen(conn, line, now=now),
        used_fen=line.used_fen,
        utilisation_percent=percent_up(line.used_fen, line.state.limit_on(today)),
        line_status=line.state.status.value,
        freezes=tuple(one.code for one in line.state.freezes),
        days_past_due=record.days_past_due,
        worst_days_past_due_12m=record.worst_days_past_due_12m,
        on_time_payments_12m=record.on_time_payments_12m,
        late_payments_12m=record.late_payments_12m,
        months_on_book=months_between(business_date(min(one.opened_at for one in mine)), today),
        stops=stops(conn, line.borrower_id),
        income_documented=income_fen is not None,
        income_monthly_fen=income_fen,
        days_since_last_application=None if last is None else (today - business_date(last.created_at)).days,
        model_score=model_score,
    )


def suggested_fen(conn: Connection, line: CreditLine, *, rules: LimitRules, now: datetime) -> int:
    """The highest base that the rules may grant this line alone; the base as it is where that is nothing more."""
    temporary_fen = 0 if line.state.temporary_is_over(business_date(now)) else line.state.temporary_fen
    return rules.suggestion(base_fen=line.state.limit_fen, others_fen=others_fen(conn, line, now=now) + temporary_fen)

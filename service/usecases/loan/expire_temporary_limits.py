"""Temporary parts of credit lines that have run out are ended: a step of the close of day."""

from __future__ import annotations

from datetime import date

from service.db import credit_line as store
from service.db.engine import Database
from service.domain.loan.credit_line import apply, end_of_temporary
from service.domain.loan.limit_rules import LimitRules
from service.usecases.loan.changing_line import END_KEY
from service.usecases.ports import Clock

CHUNK = 1000


def expire_temporary_limits(database: Database, *, business_date: date, rules: LimitRules, clock: Clock) -> int:
    """End every temporary part whose last day is before `business_date`; how many there were.

    Each event is dated on the day after the part's last day, however late the close is. A chunk of lines is one
    transaction of three statements. Run again, or while another process runs it, it changes nothing: a line that was
    done has nothing temporary any more. What can be drawn never depends on it, limits are read by their dates.
    """
    done = 0
    while True:
        with database.transaction() as conn:
            over = store.lines_with_temporary_over(conn, day=business_date, at_most=CHUNK)
            changes = []
            for line_id, state in over:
                reason, by = rules.reasons["temporary_over"].reason, rules.by_rule("temporary_over")
                ended = end_of_temporary(line_id, state, reason=reason, by=by, at=clock.now())
                changes.append((apply(state, ended), ended, END_KEY.format(line_id=line_id, version=ended.no)))
            store.save_changes(conn, changes)
        done += len(over)
        if len(over) < CHUNK:
            return done

"""What is shown of a case's calls by people: what our own asked, what the gate said, what came of it; and what agencies
told of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select

from service.db.tables.contact import contact_attempt, contact_point
from service.domain.collect.contact import Outcome
from service.domain.collect.outreach import By

_FROM = contact_attempt.join(contact_point, contact_point.c.id == contact_attempt.c.contact_point_id)
_COLUMNS = (
    "id",
    "by_kind",
    "by_name",
    "at",
    "purpose",
    "contact_point_id",
    "outcome",
    "seconds",
    "reported_at",
    "reasons",
)

_PEOPLE = (By.AGENT.value, By.AGENCY.value)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One wish of an agent to call, or an agency's attempt, and what became of it. `address` is the whole number;
    `by_name` is the agent or the agency."""

    id: str
    by_kind: str
    by_name: str
    at: datetime
    purpose: str
    contact_point_id: str
    outcome: str
    seconds: int | None
    reported_at: datetime | None
    reasons: tuple[dict[str, Any], ...]
    address: str
    target: str
    relation: str
    policy_version: str

    @property
    def by_agency(self) -> bool:
        return self.by_kind == By.AGENCY.value


def last_calls(conn: Connection, borrower_id: str, *, by: str, limit: int) -> tuple[CallRow, ...]:
    """Those that `by` has not told the result of first, then the newest first."""
    row, point = contact_attempt.c, contact_point.c
    ours = row.by_kind == By.AGENT.value
    waits = ours & (row.by_name == by) & (row.outcome == Outcome.UNKNOWN.value)
    columns = [*(row[name] for name in _COLUMNS), point.address, point.target, point.relation, row.policy_version]
    mine = select(*columns).select_from(_FROM).where(row.borrower_id == borrower_id, row.by_kind.in_(_PEOPLE))
    found = conn.execute(mine.order_by(case((waits, 0), else_=1), row.at.desc(), row.id).limit(limit)).mappings()
    return tuple(CallRow(**{**one, "reasons": tuple(one["reasons"] or ())}) for one in found)

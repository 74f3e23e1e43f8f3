"""Whether an agent may call the debtor at this moment, until when, or every reason why not; by the pure gate alone.

What is shown is no clearance: whoever dials asks the gate again, which keeps the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import contact
from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.contact import ContactPoint, PointKind
from service.domain.collect.outreach import By, Draft, Kind, Purpose, Target, Violation
from service.domain.collect.policy import Policy
from service.domain.collect.tier import Standing, standing, tier_of
from service.domain.days import business_date
from service.usecases.collect.known import Reach, known_of
from service.usecases.loan.debt import debt_of

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class CallNow:
    """`until`: a call begun before then is in time; None where it may not be. `may_answer`: what the debtor asked may
    be answered by phone although nothing may be asked of him."""

    until: datetime | None
    reasons: tuple[Violation, ...]
    may_answer: bool

    @property
    def allowed(self) -> bool:
        return self.until is not None


def call_now(conn: Connection, *, borrower_id: str, by: str, now: datetime, policy: Policy) -> CallNow:
    """Reads only. Raises NotFound."""
    today = business_date(now)
    at = standing(debt_of(conn, borrower_id=borrower_id, today=today), today)
    point = _own_phone(conn, borrower_id)
    asks = _decided(conn, borrower_id, Purpose.COLLECT, at=at, point=point, by=by, now=now, policy=policy)
    serves = _decided(conn, borrower_id, Purpose.SERVE, at=at, point=point, by=by, now=now, policy=policy)
    if isinstance(asks, Cleared):
        return CallNow(asks.expires_at, (), may_answer=True)
    return CallNow(None, asks, may_answer=isinstance(serves, Cleared))


def _decided(
    conn: Connection,
    borrower_id: str,
    purpose: Purpose,
    *,
    at: Standing | None,
    point: ContactPoint | None,
    by: str,
    now: datetime,
    policy: Policy,
) -> Cleared | tuple[Violation, ...]:
    reach = Reach(PHONE, point, purpose)
    late = at is not None and at.day > 0
    tier = tier_of(policy.strategy.tiers, at.day) if at else None
    draft = Draft(
        outreach_id="",
        borrower_id=borrower_id,
        channel=PHONE,
        kind=Kind.COLLECTION if late else Kind.REMINDER,
        text=f"【{policy.templates.institution}】",
        template="",
        template_version="",
        approved=True,
        expires_at=now + timedelta(days=1),
        tier=tier.origin.id if tier else "",
        by=By.AGENT,
        by_name=by,
        purpose=purpose,
    )
    owed_fen = at.fen if at and late else 0
    known, history = known_of(conn, borrower_id, owed_fen=owed_fen, at=at, reach=reach, now=now, policy=policy)
    return clear(draft, contact=known, history=history, now=now, policy=policy)


def _own_phone(conn: Connection, borrower_id: str) -> ContactPoint | None:
    """The newest; where none was kept yet, the number in the ledger has had no attempts to count."""
    mine = [one for one in contact.points_of(conn, borrower_id) if one.target is Target.DEBTOR]
    return next((one for one in reversed(mine) if one.kind is PointKind.PHONE), None)

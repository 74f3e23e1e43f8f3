"""What the gate is told of a debtor and of the past, read afresh: the same for a message and for a call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.db import contact, contact_request, wechat
from service.db import contact_facts as past
from service.db.contact_facts import Past
from service.domain.collect.compliance import OUT_OF_REACH
from service.domain.collect.contact import Attempt, ContactPoint, ContactTerms, PointKind, counted
from service.domain.collect.outreach import Contact, Counter, History, Purpose, Target
from service.domain.collect.policy import Policy
from service.domain.collect.rules import Number
from service.domain.collect.third_party import ASKS
from service.domain.collect.tier import Standing
from service.domain.days import SHANGHAI, business_date


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the draft goes: the number or account, none in the app; of a third party, for which purpose. `per_consent`:
    each message there needs a consent of its own."""

    channel: str
    point: ContactPoint | None
    purpose: Purpose = Purpose.COLLECT
    per_consent: bool = False


def reach_of(conn: Connection, borrower_id: str, *, channel: str, policy: Policy) -> Reach:
    """The debtor's own number or account on that channel."""
    described = policy.rules.channel(channel)
    kind = described.point if described else ""
    point = contact.own_point(conn, borrower_id, PointKind(kind)) if kind else None
    return Reach(channel, point, per_consent=described is not None and described.per_consent)


def known_of(
    conn: Connection,
    borrower_id: str,
    *,
    owed_fen: int,
    at: Standing | None,
    reach: Reach,
    now: datetime,
    policy: Policy,
) -> tuple[Contact, History]:
    """Of a borrower there is."""
    before = past.past_of(conn, borrower_id)
    whom = _contact(conn, borrower_id, before, reach=reach, now=now, policy=policy)
    return whom, _history(conn, borrower_id, before, owed_fen=owed_fen, at=at, reach=reach, now=now)


def _contact(
    conn: Connection, borrower_id: str, before: Past, *, reach: Reach, now: datetime, policy: Policy
) -> Contact:
    point = reach.point
    # what the debtor agreed to is his own rest and nobody else's
    terms = None if point is not None and point.target is Target.CONTACT else before.terms
    return replace(
        in_his_hours(borrower_id if point is None else point.borrower_id, terms),
        stops=before.stops,
        suppressed=point is not None and point.suppressed_at is not None,
        refused=point is not None and point.refused_at is not None,
        willing=point is not None and point.willing_at is not None,
        unreachable=bool(before.stops & OUT_OF_REACH),
        approved_by=_approved_by(conn, reach, now=now, policy=policy),
    )


def _approved_by(conn: Connection, reach: Reach, *, now: datetime, policy: Policy) -> frozenset[str]:
    days, point = policy.rules.number(Number.APPROVAL_DAYS), reach.point
    if point is None or days is None:
        return frozenset()
    since = now - timedelta(days=days.value)
    if reach.purpose in ASKS:  # an approval is for one contact
        since = max(since, contact_request.approvals_since(conn, point.id, reach.purpose) or since)
    return contact.approvers(conn, point.id, purpose=reach.purpose, since=since)


def in_his_hours(borrower_id: str, terms: ContactTerms | None) -> Contact:
    """Of whom nothing else is known yet."""
    if terms is None:
        return Contact(borrower_id)
    agreed = None
    if terms.agreed_from is not None and terms.agreed_until is not None:
        agreed = terms.agreed_from, terms.agreed_until
    return Contact(borrower_id, agreed_hours=agreed, zone=ZoneInfo(terms.timezone))


def _history(
    conn: Connection,
    borrower_id: str,
    before: Past,
    *,
    owed_fen: int,
    at: Standing | None,
    reach: Reach,
    now: datetime,
) -> History:
    wrote, counts = _counts(conn, borrower_id, reach=reach, now=now)
    restarts = [before.promised_at, before.demanded_at, before.paid_at]
    began = [at.episode_on] if at is not None else []
    return History(
        owed_fen=owed_fen,
        promise_pending=before.promise_pending,
        payment_pending=before.payment_pending,
        paid_at=before.posted_at,
        held_by_agent=before.held_by_agent,
        written_off=before.written_off,
        claimable_since=max([*began, *(business_date(one) for one in restarts if one is not None)], default=None),
        wrote_at=wrote,
        consents=_consents(conn, borrower_id, reach=reach),
        counts=counts,
    )


def _consents(conn: Connection, borrower_id: str, *, reach: Reach) -> int:
    if not reach.per_consent:
        return 0
    return wechat.consents_left(conn, [borrower_id], channel=reach.channel).get(borrower_id, 0)


def _counts(
    conn: Connection, borrower_id: str, *, reach: Reach, now: datetime
) -> tuple[datetime | None, dict[Counter, int]]:
    points = contact.same_address(conn, reach.point) if reach.point else ()
    since = datetime.combine(business_date(now) - timedelta(days=6), time.min, SHANGHAI)
    attempts = contact.attempts_counted(conn, borrower_id, points=points, since=since)
    counts = counted(attempts, borrower_id=borrower_id, points=points, now=now)
    address = reach.point.address if reach.point else ""
    wrote = past.wrote_on(conn, borrower_id, channel=reach.channel, address=address)
    if wrote is None:
        return None, counts
    at, replies = wrote
    return at, counts | {Counter.SINCE_BORROWER_WROTE: replies + _asked_since(attempts, borrower_id, reach, at)}


def _asked_since(attempts: tuple[Attempt, ...], borrower_id: str, reach: Reach, wrote_at: datetime) -> int:
    mine = (one for one in attempts if one.borrower_id == borrower_id and one.channel == reach.channel)
    return sum(one.at >= wrote_at and one.uses for one in mine)

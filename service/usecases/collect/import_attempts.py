"""What agencies tried is counted with what the lender tried: per debtor over all, per number whoever dialled."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from service.db import contact
from service.db import loan as ledger
from service.domain.collect.contact import Attempt, Outcome, PointKind
from service.domain.collect.outreach import By, Purpose, Target
from service.domain.collect.policy import Policy
from service.domain.collect.rules import Channel, Number

RELATION = "受托机构所拨"  # whose number it is nobody told


@dataclass(frozen=True, slots=True)
class Reported:
    """One attempt as the agency tells it; `reference` is its own name for it."""

    reference: str
    borrower_id: str
    channel: str
    number: str
    at: datetime
    outcome: Outcome
    seconds: int | None = None


class Taken(StrEnum):
    COUNTED = "counted"
    LATE = "late"  # counted, but told later than agreed
    KNOWN = "known"  # told before
    BORROWER_UNKNOWN = "borrower_unknown"
    CHANNEL_UNKNOWN = "channel_unknown"
    IN_FUTURE = "in_future"


def import_attempts(
    conn: Connection, reported: Sequence[Reported], *, agency: str, now: datetime, policy: Policy
) -> tuple[Taken, ...]:
    """What became of each, in the order given; told again, each counts once. Borrowers are locked in order, so that
    two imports cannot wait for each other."""
    taken: dict[int, Taken] = {}
    for place in sorted(range(len(reported)), key=lambda one: reported[one].borrower_id):
        taken[place] = _take(conn, reported[place], agency=agency, now=now, policy=policy)
    return tuple(taken[place] for place in range(len(reported)))


def _take(conn: Connection, one: Reported, *, agency: str, now: datetime, policy: Policy) -> Taken:
    channel = policy.rules.channel(one.channel)
    if channel is None or channel.point != PointKind.PHONE:
        return Taken.CHANNEL_UNKNOWN
    if one.at > now:
        return Taken.IN_FUTURE
    if not ledger.lock_borrower(conn, one.borrower_id):
        return Taken.BORROWER_UNKNOWN
    if not contact.reserve(conn, _attempt(conn, one, channel, agency=agency, now=now, policy=policy)):
        return Taken.KNOWN
    days = policy.rules.number(Number.AGENCY_REPORT_DAYS)
    late = days is not None and now - one.at > timedelta(days=days.value)
    return Taken.LATE if late else Taken.COUNTED


def _attempt(
    conn: Connection, one: Reported, channel: Channel, *, agency: str, now: datetime, policy: Policy
) -> Attempt:
    return Attempt(
        id="agency-" + hashlib.sha256(f"{agency}|{one.reference}".encode()).hexdigest()[:32],
        borrower_id=one.borrower_id,
        channel=one.channel,
        medium=channel.medium,
        by_kind=By.AGENCY,
        by_name=agency,
        at=one.at,
        purpose=Purpose.COLLECT,
        contact_point_id=_point(conn, one, now=now),
        outcome=one.outcome,
        seconds=one.seconds,
        reported_at=now,
        policy_version=policy.version,
    )


def _point(conn: Connection, one: Reported, *, now: datetime) -> str:
    own = contact.own_point(conn, one.borrower_id, PointKind.PHONE)  # kept first where it is not yet
    for point in contact.points_of(conn, one.borrower_id):
        if (point.kind, point.address) == (PointKind.PHONE, one.number):
            return point.id
    assert own is not None, "a borrower has a phone"
    return contact.add_point(
        conn,
        borrower_id=one.borrower_id,
        kind=PointKind.PHONE,
        address=one.number,
        target=Target.CONTACT,
        relation=RELATION,
        now=now,
    )

"""Where and when a debtor may be reached, and every attempt to do so: by machine, by an agent or by an agency."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from service.domain.collect.outreach import By, Counter, Kind, Medium, Purpose, Target
from service.domain.days import business_date


class PointKind(StrEnum):
    PHONE = "phone"
    WECHAT = "wechat"


class Outcome(StrEnum):
    """What became of an attempt. Unknown counts as used; only what certainly did not happen gives the quota back."""

    UNKNOWN = "unknown"
    CONNECTED = "connected"
    UNANSWERED = "unanswered"
    NOT_DELIVERED = "not_delivered"  # proven: the carrier refused it, the call was never placed
    DELIVERED = "delivered"
    VOICEMAIL = "voicemail"  # answered by a machine: hung up without a word
    REFUSED = "refused"  # the gate said no; kept with its reasons, nothing was tried


UNUSED = (Outcome.NOT_DELIVERED, Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One number or account, of the debtor himself or of somebody he named. `refused_at`: a third party said no once;
    nobody asks again. `willing_at`: he offered to pay."""

    id: str
    borrower_id: str
    kind: PointKind
    address: str
    target: Target
    relation: str
    verified_at: datetime | None
    suppressed_at: datetime | None
    suppressed_reason: str | None
    refused_at: datetime | None
    willing_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContactTerms:
    """What lender and debtor agreed on when he may be reached: [agreed_from, agreed_until) on the debtor's own clock,
    both or neither."""

    borrower_id: str
    agreed_from: time | None
    agreed_until: time | None
    timezone: str
    agreed_at: datetime
    agreed_by: str
    note: str

    @property
    def hours(self) -> tuple[time | None, time | None, str]:
        """What the gate holds to, without who agreed on it and when."""
        return self.agreed_from, self.agreed_until, self.timezone


@dataclass(frozen=True, slots=True)
class Attempt:
    """One unit of the quota, kept before anything is sent or dialled; `id` makes it idempotent."""

    id: str
    borrower_id: str
    channel: str
    medium: Medium
    by_kind: By
    by_name: str
    at: datetime
    kind: Kind = Kind.COLLECTION
    purpose: Purpose = Purpose.COLLECT
    contact_point_id: str | None = None
    outreach_id: str | None = None
    outcome: Outcome = Outcome.UNKNOWN
    seconds: int | None = None
    reported_at: datetime | None = None
    policy_version: str = ""
    reasons: tuple[Mapping[str, Any], ...] = ()

    @property
    def uses(self) -> bool:
        """Whether it uses up a quota."""
        return self.outcome not in UNUSED


def counted(
    attempts: Iterable[Attempt], *, borrower_id: str, points: Collection[str], now: datetime
) -> dict[Counter, int]:
    """What the caps are held against, before one more: per debtor over all loans, people and agencies, and per number
    (`points`: the ids under which it is known, whoever's they are). Days are Shanghai calendar days, today included.
    Unknown counts as connected; only what certainly did not happen does not count."""
    today = business_date(now)
    week = today - timedelta(days=6)
    counts: dict[Counter, int] = dict.fromkeys(_COUNTED, 0)
    for one in attempts:
        day = business_date(one.at)
        if not one.uses or not week <= day <= today:
            continue
        for counter in _counters(
            one, of_debtor=one.borrower_id == borrower_id, on_number=one.contact_point_id in points
        ):
            if day == today or counter in _OF_7_DAYS:
                counts[counter] += 1
    return counts


_OF_7_DAYS = (Counter.WRITTEN_7_DAYS, Counter.ATTEMPTS_ON_NUMBER_7_DAYS)
_COUNTED: tuple[Counter, ...] = tuple(one for one in Counter if one is not Counter.SINCE_BORROWER_WROTE)
_SPOKEN_TO = (Outcome.CONNECTED, Outcome.UNKNOWN)


def _counters(one: Attempt, *, of_debtor: bool, on_number: bool) -> Iterator[Counter]:
    if one.medium is Medium.WRITTEN:
        if of_debtor:
            yield Counter.WRITTEN_TODAY
            if one.kind is Kind.COLLECTION:
                yield Counter.WRITTEN_7_DAYS
        return
    if on_number:
        yield Counter.ATTEMPTS_ON_NUMBER_TODAY
        yield Counter.ATTEMPTS_ON_NUMBER_7_DAYS
    if of_debtor and one.outcome in _SPOKEN_TO:
        yield Counter.CONNECTED_TODAY if one.medium is Medium.INTERACTIVE else Counter.NOTICES_TODAY

"""Where and when a debtor may be reached, and every attempt to do so: by machine, by an agent or by an agency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from service.domain.collect.outreach import Kind, Medium, Target

SHANGHAI_ZONE = "Asia/Shanghai"


class PointKind(StrEnum):
    PHONE = "phone"
    WECHAT = "wechat"


class By(StrEnum):
    """Who tries: the machine, one of the lender's people, or an agency that works for the lender."""

    SYSTEM = "system"
    AGENT = "agent"
    AGENCY = "agency"


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


class Purpose(StrEnum):
    """Why somebody is contacted. Contacts of the debtor may be asked to locate or to relay, and for nothing else."""

    COLLECT = "collect"
    SERVE = "serve"  # to answer what the debtor asked, disputed or complained of
    LOCATE = "locate"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One number or account, of the debtor himself or of somebody he named. `refused_at`: a third party said no once;
    nobody asks again."""

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

"""What one attempt to contact a borrower is made of, before and after the gate has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from service.domain.days import SHANGHAI
from service.domain.errors import XiaoqingError


class Kind(StrEnum):
    """A service reminder comes before anything is overdue; collection after."""

    REMINDER = "reminder"
    COLLECTION = "collection"


class Surface(StrEnum):
    """Who may read a message: only the borrower who logged in, or whoever holds the phone."""

    VERIFIED = "verified"
    OPEN = "open"


class Medium(StrEnum):
    """Interactive: a person or a machine talks with the debtor. Notice: an announcement is played."""

    WRITTEN = "written"
    INTERACTIVE = "interactive"
    NOTICE = "notice"


class Target(StrEnum):
    DEBTOR = "debtor"
    CONTACT = "contact"


class By(StrEnum):
    """Who tries: the machine, one of the lender's people, or an agency that works for the lender."""

    SYSTEM = "system"
    AGENT = "agent"
    AGENCY = "agency"


class Purpose(StrEnum):
    """Why somebody is contacted. Whoever owes nothing is asked to locate or to relay, or told how to pay where he
    offered to; nothing else."""

    COLLECT = "collect"
    SERVE = "serve"  # to answer what the debtor asked, disputed or complained of
    LOCATE = "locate"
    RELAY = "relay"
    PAY = "pay"


class Counter(StrEnum):
    """What is counted against a cap, always per debtor over all loans, and in Asia/Shanghai calendar days."""

    WRITTEN_TODAY = "written_today"
    WRITTEN_7_DAYS = "written_7_days"
    CONNECTED_TODAY = "connected_today"  # interactive voice, human or machine
    NOTICES_TODAY = "notices_today"  # notification voice, all agencies summed
    ATTEMPTS_ON_NUMBER_TODAY = "attempts_on_number_today"  # connected or not
    ATTEMPTS_ON_NUMBER_7_DAYS = "attempts_on_number_7_days"
    SINCE_BORROWER_WROTE = "since_borrower_wrote"  # in the channel's reply window


# What the gate may say of a channel and not of the debtor, whom another one may still reach on the same day.
OF_THE_CHANNEL = frozenset(
    {"number_suppressed", "reply_window_closed", "no_consent_left", f"cap_{Counter.SINCE_BORROWER_WROTE}"}
)


class State(StrEnum):
    """planned → claimed → sent, or why not. Claimed, sent and unknown use up the caps."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    FAILED = "failed"
    FOR_PERSON = "for_person"


COUNTED = (State.CLAIMED, State.SENT, State.UNKNOWN)
FIRED = (*COUNTED, State.FOR_PERSON)


class Stop(StrEnum):
    """Why automated outreach to a borrower rests. Any one is enough."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    OPT_OUT = "opt_out"
    CRISIS = "crisis"
    WRONG_PERSON = "wrong_person"
    FRAUD = "fraud"
    THIRD_PARTY = "third_party"
    DEBTOR_UNAVAILABLE = "debtor_unavailable"
    ILLNESS = "illness"
    DECEASED = "deceased"
    INCAPACITY = "incapacity"
    LEGAL = "legal"
    BANKRUPTCY = "bankruptcy"
    DISASTER = "disaster"
    PLAN_KEPT = "plan_kept"
    NO_MANDATE = "no_mandate"


@dataclass(frozen=True, slots=True)
class Violation:
    """A reason why not: a stable code, a Chinese sentence for the agents, and the rule's source."""

    code: str
    detail: str
    source: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "detail": self.detail, "source": self.source}


@dataclass(frozen=True, slots=True)
class Draft:
    """A message or a call that wants to go out. `approved`: its text was approved and holds on the day it was drafted.
    `expires_at`: from then on it must not be sent. `litigation_decided`: a named person recorded that decision.
    `address`: the number or account it goes to, "" in the app."""

    outreach_id: str
    borrower_id: str
    channel: str
    kind: Kind
    text: str
    template: str
    template_version: str
    approved: bool
    expires_at: datetime
    buttons: tuple[Mapping[str, str], ...] = ()
    target: Target = Target.DEBTOR
    litigation_decided: bool = False
    tier: str = ""
    by: By = By.SYSTEM
    by_name: str = ""
    purpose: Purpose = Purpose.COLLECT
    address: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of whom the draft is for. `agreed_hours`: [from, until) on the debtor's own clock, which `zone`
    says, in place of the usual ones. Of the number or account it goes to: `suppressed` (wrong, reassigned, opted out),
    `refused` (a third party said no once), `willing` (a third party offered to pay), `approved_by` (who allowed to
    contact a third party now). `unreachable`: the debtor cannot be reached, is dead or lacks capacity."""

    borrower_id: str
    stops: frozenset[Stop] = frozenset()
    agreed_hours: tuple[time, time] | None = None
    zone: tzinfo = SHANGHAI
    suppressed: bool = False
    refused: bool = False
    willing: bool = False
    unreachable: bool = False
    approved_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """What happened until now. `owed_fen`: what the draft asks for and is still unpaid; `written_off`: the lender has
    written it off. `claimable_since`: due date, last payment, promise or demand, from which the limitation period runs.
    `wrote_at`: when the borrower last wrote on this channel; `consents`: messages he allowed there and did not get yet,
    where each needs one. A cap whose counter is not in `counts` refuses: what is
    not counted cannot be shown to be under its cap."""

    owed_fen: int
    promise_pending: bool = False
    payment_pending: bool = False
    paid_at: datetime | None = None
    held_by_agent: bool = False
    written_off: bool = False
    claimable_since: date | None = None
    wrote_at: datetime | None = None
    consents: int = 0
    counts: Mapping[Counter, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outreach:
    """One row of the outreach log. `slot` is unique per borrower; `episode_on` is the due date it is about; `basis`
    says why he gets this `treatment`: profile, risk, offer and the facts."""

    id: str
    borrower_id: str
    slot: str
    business_date: date
    episode_on: date
    kind: Kind
    tier: str
    step: str
    channel: str
    template: str
    template_version: str
    policy_version: str
    state: State
    reasons: tuple[Mapping[str, Any], ...]
    text: str
    planned_at: datetime
    not_before: datetime
    claimed_at: datetime | None = None
    decided_at: datetime | None = None
    sent_at: datetime | None = None
    turn_id: int | None = None
    treatment: str = ""
    basis: Mapping[str, Any] | None = None


class NotDelivered(XiaoqingError):
    """A sender is certain that the borrower did not get the message. Any other error of a sender means: unknown.
    `permanent`: another try would not help."""

    code = "not_delivered"

    def __init__(self, detail: str = "", *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent

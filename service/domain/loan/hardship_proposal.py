"""A proposal of a borrower in difficulty from the day it was made to the day it was kept, broken or over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from service.domain.days import business_date
from service.domain.loan.book import LoanState
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind, HardshipPolicy


class HardshipState(StrEnum):
    """proposed → rejected | withdrawn, or → active → kept | broken | ended. An approval takes effect in the
    transaction that makes it, so nothing rests between approved and active."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ACTIVE = "active"
    KEPT = "kept"
    BROKEN = "broken"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal and what became of it. `decided_by` is a person's name, rule:<id>@<version>, or empty while nobody
    has decided; `reason` and `advice` are those of the decision, `remark` is for colleagues alone, `effect` is what
    was agreed, `outcome` why it ended or runs again. It is looked at again by the close of `next_look_on`; `pause_id`
    is the rest of outreach that it brought."""

    id: str
    borrower_id: str
    loan_id: str
    conversation_id: str
    kind: HardshipKind
    terms: Mapping[str, Any]
    note: str
    facts: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...]
    state: HardshipState
    policy_version: str
    created_at: datetime
    decided_by: str = ""
    reason: str = ""
    advice: str = ""
    remark: str = ""
    decided_at: datetime | None = None
    effect: Mapping[str, Any] | None = None
    begins_on: date | None = None
    until_on: date | None = None
    next_look_on: date | None = None
    pause_id: str | None = None
    outcome: str = ""
    ended_on: date | None = None

    @property
    def reference(self) -> str:
        """What borrower and agent call it by when they speak; the id is what programs know it by."""
        return f"H{business_date(self.created_at):%y%m%d}-{self.id[-6:].upper()}"

    def answer_by(self, policy: HardshipPolicy) -> date | None:
        """The day by which a person decides, as the policy of the day of the proposal has it; None once decided."""
        if self.state is not HardshipState.PROPOSED:
            return None
        asked_on = business_date(self.created_at)
        return asked_on + timedelta(days=policy.limits_on(asked_on).answer_within_days)

    @property
    def asked(self) -> Terms:
        return Terms.of(self.kind, self.terms)


def plan_outcome(proposal: Proposal, loan: LoanState, *, ended_by_person: bool) -> HardshipState:
    """What the ledger says of a plan now: active while it runs, and when it is over kept, broken, or ended early.

    The ledger leaves a pause under the plan's id for the days it ran, which count against the borrower only if it
    was broken; a plan over on its first day leaves none, then what was received decides."""
    if loan.plan is not None and loan.plan.id == proposal.id and loan.status == "active":
        return HardshipState.ACTIVE
    was = next((one for one in loan.pauses if one.id == proposal.id), None)
    if was is None and proposal.state is not HardshipState.ACTIVE:
        return proposal.state  # decided when it was over; what came later does not change that
    effect = proposal.effect or {}
    asked = sum(part["fen"] for part in effect.get("parts", ()))
    received = loan.received_fen - effect.get("received_before_fen", 0)
    kept = was.stops_days if was is not None else loan.status != "active" or received >= asked
    if kept:
        return HardshipState.KEPT
    return HardshipState.ENDED if ended_by_person else HardshipState.BROKEN


def next_look(proposal: Proposal, after: date) -> date | None:
    """The day after `after` on which a close of day must look at an active proposal again; None: there is none."""
    if proposal.kind is not HardshipKind.PLAN:
        return None if proposal.until_on is None else proposal.until_on + timedelta(days=1)
    effect = proposal.effect or {}
    late = timedelta(days=effect.get("grace_days", 0) + 1)
    days = (date.fromisoformat(part["due_on"]) + late for part in effect.get("parts", ()))
    return next((day for day in days if day > after), None)


def last_due_on(proposal: Proposal) -> date | None:
    """The due date of a plan's last part; None where it is no plan."""
    parts = (proposal.effect or {}).get("parts", ())
    return date.fromisoformat(parts[-1]["due_on"]) if parts else None

"""A hardship proposal is approved: the ledger, the rest of outreach and the word to the borrower, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.domain.collect.outreach import Stop
from service.domain.days import business_date
from service.domain.loan.hardship import effect_of
from service.domain.loan.hardship_policy import HardshipKind, HardshipPolicy
from service.domain.loan.hardship_proposal import HardshipState, Proposal, last_due_on, next_look
from service.usecases.collect.end_hardship_pause import end_negotiation
from service.usecases.collect.hardship_book import Tell, loan_on, refuse_shortfalls
from service.usecases.collect.pause import pause
from service.usecases.loan.post_event import post_once


def carry_out(
    conn: Connection, proposal: Proposal, *, by: str, reason: str, now: datetime, policy: HardshipPolicy, tell: Tell
) -> Proposal:
    """Approve an open proposal whose borrower the caller holds, on the business date of `now`. The loan is looked at
    anew: parts are of what is owed today. Raises Refused where the terms are not possible any more."""
    today = business_date(now)
    loan = loan_on(conn, borrower_id=proposal.borrower_id, loan_id=proposal.loan_id, today=today)
    refuse_shortfalls(proposal.asked, loan, policy, today)
    effect = effect_of(proposal.id, proposal.asked, loan, policy.limits_on(today), today)
    post_once(
        conn,
        borrower_id=proposal.borrower_id,
        key=f"hardship:{proposal.id}",
        body=effect.body,
        by=by,
        reason=reason,
        on=today,
        now=now,
    )
    approved = replace(
        proposal,
        state=HardshipState.ACTIVE,
        decided_by=by,
        decided_at=now,
        reason=reason,
        policy_version=policy.version,
        effect=effect.says,
        begins_on=today,
        until_on=effect.until_on,
        pause_id=rest(conn, proposal, by=by, now=now),
    )
    approved = replace(
        approved, until_on=effect.until_on or last_due_on(approved), next_look_on=next_look(approved, today)
    )
    proposals.save(conn, approved)
    tell(conn, approved, now)
    return approved


def rest(conn: Connection, proposal: Proposal, *, by: str, now: datetime, again: str = "") -> str:
    """Outreach rests on the proposal's account, what was planned is cancelled; returns the pause's id. `again` sets
    the key of a later rest apart from the first one's."""
    end_negotiation(conn, proposal, by=by, now=now)
    stops = proposal.kind is HardshipKind.STOP
    made = pause(
        conn,
        borrower_id=proposal.borrower_id,
        reason=(Stop.HARDSHIP if stops else Stop.PLAN_KEPT).value,
        by=by[:64],
        note=f"困难方案 {proposal.id}",
        now=now,
        key=f"hardship:{proposal.id}{again}",
    )
    return made.id

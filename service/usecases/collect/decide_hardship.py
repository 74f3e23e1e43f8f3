"""A person approves or rejects a hardship proposal that no rule could approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.domain.errors import Refused
from service.domain.loan.hardship_policy import HardshipPolicy
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.usecases.collect.carry_out_hardship import carry_out
from service.usecases.collect.hardship_book import Tell, check_person, held_proposal

REMARK_AT_MOST = 500
NOT_APPROVED = (HardshipState.PROPOSED, HardshipState.REJECTED, HardshipState.WITHDRAWN)


def decide_hardship(
    conn: Connection,
    *,
    proposal_id: str,
    approve: bool,
    refusal: str = "",
    by: str,
    remark: str = "",
    now: datetime,
    policy: HardshipPolicy,
    tell: Tell,
) -> Proposal:
    """Approve, or reject for one of the policy's reasons (`refusal`); the same decision by the same person again
    changes nothing. The policy's limits bind the person, too.

    Raises NotFound (proposal_unknown), Refused: person_required, already_decided, reason_unknown, and what
    `shortfalls` finds by now.
    """
    name = check_person(by)
    found = held_proposal(conn, proposal_id)
    if found.state is not HardshipState.PROPOSED:
        if found.decided_by == name and approve == (found.state not in NOT_APPROVED):
            return found
        raise Refused("这个申请已经有决定了，请刷新页面查看。", code="already_decided")
    noted = replace(found, remark=remark.strip()[:REMARK_AT_MOST])
    if approve:
        return carry_out(conn, noted, by=name, reason="人工审批通过", now=now, policy=policy, tell=tell)
    why = policy.refusals.get(refusal)
    if why is None:
        raise Refused("请选择与决定相符的原因。", code="reason_unknown")
    rejected = replace(
        noted,
        state=HardshipState.REJECTED,
        decided_by=name,
        decided_at=now,
        reason=why.text,
        advice=why.advice,
        policy_version=policy.version,
    )
    proposals.save(conn, rejected)
    tell(conn, rejected, now)
    return rejected

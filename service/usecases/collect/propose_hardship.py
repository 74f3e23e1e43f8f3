"""A borrower in difficulty proposes a deferral, a plan, a reduction or a rest; a rule approves or a person decides."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.db import loan as ledger
from service.domain.days import business_date
from service.domain.errors import KeyReused, NotFound, Refused
from service.domain.loan.hardship import Terms, facts_of, rule_on
from service.domain.loan.hardship_policy import HardshipPolicy
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.usecases.collect.carry_out_hardship import carry_out
from service.usecases.collect.hardship_book import Tell, loan_on, refuse_shortfalls
from service.usecases.collect.open_stops import open_stops

NOTE_AT_MOST = 500
WITHIN_RULE = "符合可以直接批准的条件"


def propose_hardship(
    conn: Connection,
    *,
    borrower_id: str,
    conversation_id: str = "",
    loan_id: str,
    terms: Terms,
    note: str = "",
    key: str,
    now: datetime,
    policy: HardshipPolicy,
    tell: Tell,
) -> Proposal:
    """Keep the proposal, and carry it out at once where a rule of the policy approves it. The same key again is the
    same proposal. Raises NotFound (borrower_unknown, loan_unknown), KeyReused, Refused (proposal_open, and what
    `shortfalls` finds)."""
    if not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    request = _hash(loan_id, terms.kind.value, json.dumps(terms.as_dict(), sort_keys=True))
    known = proposals.by_key(conn, borrower_id, key)
    if known is not None:
        if known[1] != request:
            raise KeyReused("这个请求编号已用于另一个申请，请重新发起。")
        return known[0]
    today = business_date(now)
    loan = loan_on(conn, borrower_id=borrower_id, loan_id=loan_id, today=today)
    if proposals.open_of_loan(conn, loan_id) is not None:
        raise Refused("这笔借款已有一个申请正在由人工处理，有结果会在这里告诉您。", code="proposal_open")
    refuse_shortfalls(terms, loan, policy, today)
    last = proposals.last_approved_on(conn, borrower_id)
    facts = facts_of(loan, stops=open_stops(conn, borrower_id), last_approved_on=last)
    ruling = rule_on(terms, facts, policy, today)
    made = Proposal(
        id="hardship-" + _hash(borrower_id, key)[:32],
        borrower_id=borrower_id,
        loan_id=loan_id,
        conversation_id=conversation_id,
        kind=terms.kind,
        terms=terms.as_dict(),
        note=note[:NOTE_AT_MOST],
        facts=facts.as_dict(),
        findings=tuple(one.as_dict() for one in ruling.reasons),
        state=HardshipState.PROPOSED,
        policy_version=policy.version,
        created_at=now,
    )
    proposals.add(conn, made, key=key, request=request)
    if ruling.rule is None:
        tell(conn, made, now)
        return made
    by = policy.by_rule(ruling.rule)
    return carry_out(conn, made, by=by, reason=WITHIN_RULE, now=now, policy=policy, tell=tell)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

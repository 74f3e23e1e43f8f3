"""A borrower takes back a hardship proposal that nobody has decided yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import hardship as proposals
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.domain.loan.hardship_proposal import HardshipState, Proposal
from service.usecases.collect.hardship_book import held_proposal


def withdraw_hardship(conn: Connection, *, proposal_id: str, borrower_id: str, now: datetime) -> Proposal:
    """Asked again, it is the same. Raises NotFound (proposal_unknown; another's proposal, too), Refused
    (already_decided)."""
    found = held_proposal(conn, proposal_id)
    if found.borrower_id != borrower_id:
        raise NotFound("没有找到这个申请，请返回列表重新选择。", code="proposal_unknown")
    if found.state is HardshipState.WITHDRAWN:
        return found
    if found.state is not HardshipState.PROPOSED:
        raise Refused("这个申请已经有决定了，不能再撤回。需要调整可以转人工。", code="already_decided")
    withdrawn = replace(found, state=HardshipState.WITHDRAWN, outcome="客户撤回", ended_on=business_date(now))
    proposals.save(conn, withdrawn)
    return withdrawn

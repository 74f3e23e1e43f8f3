"""The rest of outreach that a hardship proposal brought is over, without a person: its time is up, or it was broken.

`resume` is for people alone; this ends nothing but the rest that belongs to a proposal, and the row says why.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import collect
from service.db import hardship as proposals
from service.domain.collect.outreach import Stop
from service.domain.loan.hardship_proposal import Proposal

SYSTEM = "system:hardship"


def end_hardship_pause(conn: Connection, proposal: Proposal, *, reason: str, now: datetime) -> bool:
    """End it unless another active proposal of the borrower needs it as well; whether it was ended. The caller holds
    the borrower."""
    if proposal.pause_id is None or proposals.active_with_pause(conn, proposal.pause_id, but=proposal.id):
        return False
    found = collect.pause_by_id(conn, proposal.pause_id)
    if found is None or found.ended_at is not None:
        return False
    collect.end_pause(conn, proposal.pause_id, by=SYSTEM, reason=f"{reason}（{proposal.id}）", now=now)
    return True


def end_negotiation(conn: Connection, proposal: Proposal, *, by: str, now: datetime) -> None:
    """The rest during which help was being talked about gives way to the one that the help itself brings, in the
    same transaction, so that outreach does not begin in between."""
    for one in collect.open_pauses(conn, proposal.borrower_id):
        if one.reason is Stop.HARDSHIP and not proposals.active_with_pause(conn, one.id, but=proposal.id):
            collect.end_pause(conn, one.id, by=by[:64], reason=f"协商已有结果，由方案 {proposal.id} 接续", now=now)

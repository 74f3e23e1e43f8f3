"""One wish to contact somebody who owes nothing: what for, what will be said, and who must agree."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from service.domain.collect.outreach import Purpose
from service.domain.collect.resuming import RequestState, check_second
from service.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class ContactRequest:
    """`words`: what will be said, as it passed the check of words that strangers may hear. Approved, it allows one
    contact: the gate counts no approval that is older than the last one."""

    id: str
    case_id: str
    contact_point_id: str
    purpose: Purpose
    state: RequestState
    reason: str
    words: str
    asked_by: str
    asked_at: datetime
    decided_at: datetime | None = None


def check_approver(request: ContactRequest, *, by: str, approved_by: Collection[str]) -> None:
    """Neither who asked nor who agreed before. Raises Refused (already_decided, second_person_required)."""
    if request.state is not RequestState.WAITING:
        raise Refused("这个申请已经有决定了，请刷新页面查看。", code="already_decided")
    check_second(request.asked_by, by)
    if by in approved_by:
        raise Refused("您已经批准过，还需要另一位同事批准。", code="second_person_required")

"""Who may let outreach begin again: a named person with a reason, and for what is grave another one besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.errors import Refused

MACHINES = frozenset({"bot", "system", "borrower", "scheduler"})
REASON_AT_MOST = 500


class RequestState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """One person's wish to end a grave pause, and what another one said to it."""

    id: str
    pause_id: str
    state: RequestState
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    remark: str = ""


def named_person(by: str) -> str:
    """The name, trimmed. Raises Refused (person_required) for machines and nobody."""
    name = by.strip()
    if not name or name.lower() in MACHINES:
        raise Refused("恢复触达需要一位具名的同事确认。", code="person_required")
    return name


def stated_reason(reason: str) -> str:
    """The reason, trimmed. Raises Refused (reason_required)."""
    told = reason.strip()
    if not told:
        raise Refused("请写明原因。", code="reason_required")
    return told[:REASON_AT_MOST]


def check_second(asked_by: str, by: str) -> None:
    """Raises Refused (second_person_required) where both are one."""
    if asked_by == by:
        raise Refused("申请人不能自己批准，请另一位同事处理。", code="second_person_required")

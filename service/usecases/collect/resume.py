"""A named person ends a pause, and says why; where it is grave, another one must agree first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import collect
from service.db import collect_resume as requests
from service.db import loan as ledger
from service.db.collect import Pause
from service.domain.collect.policy import Policy
from service.domain.collect.resuming import (
    REASON_AT_MOST,
    RequestState,
    ResumeRequest,
    check_second,
    named_person,
    stated_reason,
)
from service.domain.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Resumed:
    """How the pause stands now: ended, or open with the request that waits for a second person."""

    pause: Pause
    request: ResumeRequest | None = None


def resume(conn: Connection, *, pause_id: str, by: str, reason: str, now: datetime, policy: Policy) -> Resumed:
    """End the pause, or, where the policy calls it grave, ask for a second person's approval; asked again while that
    waits, it is the same request. Outreach is planned again from the next plan on, unless another pause is open. One
    that has ended stays as it ended. Raises NotFound, Refused (person_required, reason_required)."""
    name, told = named_person(by), stated_reason(reason)
    found = _locked(conn, pause_id)
    if found.ended_at is not None:
        return Resumed(found)
    if not _is_grave(found, policy):
        return Resumed(_end(conn, found, by=name, reason=told, now=now))
    waiting = requests.waiting_for(conn, pause_id)
    if waiting is None:
        made = f"{pause_id}|{name}|{now.isoformat()}"
        request_id = "resume-" + hashlib.sha256(made.encode()).hexdigest()[:32]
        waiting = ResumeRequest(request_id, pause_id, RequestState.WAITING, told, name, now)
        requests.add_request(conn, waiting)
    return Resumed(found, waiting)


def decide_resuming(
    conn: Connection, *, request_id: str, approve: bool, by: str, remark: str = "", now: datetime
) -> Resumed:
    """A second person ends the pause, or leaves it as it is. Raises NotFound, Refused (person_required,
    second_person_required, already_decided)."""
    name = named_person(by)
    asked = requests.request_by_id(conn, request_id)
    if asked is None:
        raise NotFound("没有找到这个恢复申请。", code="resume_request_unknown")
    found = _locked(conn, asked.pause_id)
    check_second(asked.asked_by, name)
    state = RequestState.APPROVED if approve else RequestState.REJECTED
    noted = remark.strip()[:REASON_AT_MOST]
    if not requests.decide_request(conn, request_id, state=state, by=name, remark=noted, now=now):
        raise Refused("这个申请已经有决定了，请刷新页面查看。", code="already_decided")
    if approve:
        why = f"{asked.reason}（{asked.asked_by}申请，{name}批准）"
        found = _end(conn, found, by=name, reason=why[:REASON_AT_MOST], now=now)
    return Resumed(found, requests.request_by_id(conn, request_id))


def _locked(conn: Connection, pause_id: str) -> Pause:
    found = collect.pause_by_id(conn, pause_id)
    if found is None:
        raise NotFound("没有找到这次暂停。", code="pause_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    again = collect.pause_by_id(conn, pause_id)
    assert again is not None
    return again


def _is_grave(found: Pause, policy: Policy) -> bool:
    """By the row of the policy whatever its dates: what was grave when it began is not ended lightly."""
    rule = policy.rules.stop(found.reason)
    return rule is None or rule.grave


def _end(conn: Connection, found: Pause, *, by: str, reason: str, now: datetime) -> Pause:
    collect.end_pause(conn, found.id, by=by, reason=reason, now=now)
    ended = collect.pause_by_id(conn, found.id)
    assert ended is not None
    return ended

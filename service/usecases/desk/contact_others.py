"""Who owes nothing is contacted only from the queue: one agent asks, two others agree; then it is allowed once.

The gate decides at the moment of the call (`two_approvals`); nothing here dials or sends.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.db import case as cases
from service.db import contact
from service.db import contact_request as requests
from service.db import loan as ledger
from service.domain.collect.outreach import Purpose, Surface, Target
from service.domain.collect.policy import Policy
from service.domain.collect.queue import Act, CaseState, Event
from service.domain.collect.resuming import REASON_AT_MOST, RequestState, named_person, stated_reason
from service.domain.collect.rules import Number
from service.domain.collect.third_party import ASKS
from service.domain.collect.third_party_request import ContactRequest, check_approver
from service.domain.collect.wording import lint
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused


def ask_to_contact(
    conn: Connection,
    *,
    case_id: str,
    contact_point_id: str,
    purpose: Purpose,
    reason: str,
    words: str,
    by: str,
    now: datetime,
    policy: Policy,
) -> ContactRequest:
    """Keep the wish; asked again in the same words while one for this person and purpose waits, it is that one. Other
    words, or another case, take its place: what was agreed to it counts no more.

    Raises NotFound (case_unknown, contact_point_unknown), Refused: person_required, case_not_held, reason_required,
    contact_refused, purpose_not_allowed, wording (the words are heard by somebody who may not learn of a debt).
    """
    name, told = named_person(by), stated_reason(reason)
    found = cases.by_id(conn, case_id)
    if found is None:
        raise NotFound("没有找到这个案件，请返回队列重新选择。", code="case_unknown")
    ledger.lock_borrower(conn, found.borrower_id)
    if found.holder(now) != name:
        raise Refused("这个案件现在不由您处理，请先认领。", code="case_not_held")
    if purpose not in ASKS:
        raise Refused("只能询问客户的联系方式，或请对方转告客户回电。", code="purpose_not_allowed")
    point = contact.point_by_id(conn, contact_point_id)
    if point is None or point.borrower_id != found.borrower_id or point.target is not Target.CONTACT:
        raise NotFound("没有找到这个联系方式，请刷新后重新选择。", code="contact_point_unknown")
    if point.refused_at is not None or point.suppressed_at is not None:
        raise Refused("该联系人已拒绝或号码已停用，不能再联系。", code="contact_refused")
    said = words.strip()
    _check_words(said, now=now, policy=policy)
    waiting = requests.waiting_for(conn, contact_point_id, purpose)
    if waiting is not None:
        if (waiting.case_id, waiting.words) == (case_id, said):
            return waiting
        requests.decide(conn, waiting.id, state=RequestState.REJECTED, now=now)
        _note(conn, waiting, Act.CONTACT_REJECTED, by=name, note="由新的申请代替", now=now)
    digest = hashlib.sha256(f"{case_id}|{contact_point_id}|{purpose}|{now.isoformat()}".encode()).hexdigest()[:32]
    made = ContactRequest(
        f"contact-{digest}", case_id, contact_point_id, purpose, RequestState.WAITING, told, said, name, now
    )
    requests.add(conn, made)
    _note(conn, made, Act.CONTACT_ASKED, by=name, note=told, now=now)
    return made


def decide_contact(
    conn: Connection, *, request_id: str, approve: bool, by: str, remark: str = "", now: datetime, policy: Policy
) -> ContactRequest:
    """One of the others agrees or not. With as many as the policy asks for it is approved; one "no" ends it.

    Raises NotFound (contact_request_unknown), Refused: person_required, already_decided, second_person_required,
    case_closed (to agree to what nobody works on any more).
    """
    name = named_person(by)
    found = requests.by_id(conn, request_id)
    if found is None:
        raise NotFound("没有找到这个联系申请，请刷新后重试。", code="contact_request_unknown")
    case = cases.by_id(conn, found.case_id)
    assert case is not None, "cases are never deleted"
    ledger.lock_borrower(conn, case.borrower_id)
    case, found = cases.by_id(conn, found.case_id) or case, requests.by_id(conn, request_id) or found
    given = contact.approvers(conn, found.contact_point_id, purpose=found.purpose, since=found.asked_at)
    check_approver(found, by=name, approved_by=given)
    noted = remark.strip()[:REASON_AT_MOST]
    if approve and case.state is CaseState.CLOSED:
        raise Refused("这个案件已经结束，不再需要联系他人。", code="case_closed")
    if not approve:
        requests.decide(conn, request_id, state=RequestState.REJECTED, now=now)
        _note(conn, found, Act.CONTACT_REJECTED, by=name, note=noted, now=now)
        return requests.by_id(conn, request_id) or found
    contact.add_approval(
        conn, found.contact_point_id, purpose=found.purpose, by=name, reason=noted or found.reason, now=now
    )
    _note(conn, found, Act.CONTACT_APPROVED, by=name, note=noted, now=now)
    needed = policy.rules.number(Number.APPROVALS)
    if needed is not None and len(given | {name}) >= needed.value:
        requests.decide(conn, request_id, state=RequestState.APPROVED, now=now)
    return requests.by_id(conn, request_id) or found


def _check_words(said: str, *, now: datetime, policy: Policy) -> None:
    rules = [one for one in policy.wording if one.origin.holds_on(business_date(now))]
    breaches = lint(said, rules=rules, surface=Surface.OPEN)
    if not said or breaches:
        why = "\n".join(f"· {one.detail}（依据：{one.source}）" for one in breaches)
        raise Refused(f"请修改准备说的话，不得提及欠款或施压：\n{why}".rstrip("：\n"), code="wording")


def _note(conn: Connection, request: ContactRequest, act: Act, *, by: str, note: str, now: datetime) -> None:
    detail: dict[str, Any] = {"request": request.id, "purpose": request.purpose.value}
    cases.add_event(conn, Event(request.case_id, act, by, now, note, detail))

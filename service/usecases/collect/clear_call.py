"""An agent asks before he dials: the gate that machines pass answers him too, and a unit of the quota is kept for it.

A refusal is kept as an attempt with all its reasons; nothing was dialled, so it uses nothing up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import case as cases
from service.db import contact
from service.db import loan as ledger
from service.domain.collect.calling import TO_HIMSELF, TO_OTHERS, opening
from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.contact import Attempt, ContactPoint, Outcome, PointKind
from service.domain.collect.outreach import By, Draft, Kind, Medium, Purpose, Target, Violation
from service.domain.collect.policy import Policy
from service.domain.collect.resuming import named_person
from service.domain.collect.tier import Standing, standing, tier_of
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.usecases.collect.known import Reach, known_of, reach_of
from service.usecases.loan.debt import debt_of

CHANNEL = "phone"
DIAL_WITHIN = timedelta(minutes=5)  # what the gate saw may have changed after that


@dataclass(frozen=True, slots=True)
class AskedCall:
    """What the gate said. `number`, `opening` and `dial_until` only where it allowed the call."""

    attempt: Attempt
    allowed: bool
    reasons: tuple[Violation, ...] = ()
    number: str = ""
    opening: str = ""
    dial_until: datetime | None = None


def clear_call(
    conn: Connection,
    *,
    attempt_id: str,
    borrower_id: str,
    purpose: Purpose,
    by: str,
    now: datetime,
    policy: Policy,
    contact_point_id: str | None = None,
) -> AskedCall:
    """The debtor's own number unless `contact_point_id` names another. The caller sees to it that one wish is asked
    once. Raises NotFound (borrower_unknown, contact_point_unknown), Refused (purpose_unfit, person_required,
    case_not_held: others are called only from the debtor's case, by whoever holds it)."""
    person = ledger.borrower_of(conn, borrower_id)
    if person is None or not ledger.lock_borrower(conn, borrower_id):
        raise NotFound("没有找到这位客户的账户。", code="borrower_unknown")
    reach = _reach(conn, borrower_id, contact_point_id, purpose=purpose, policy=policy)
    point = reach.point
    if point is None:
        raise NotFound("没有找到这个联系方式，请刷新后重新选择。", code="contact_point_unknown")
    if purpose not in (TO_HIMSELF if point.target is Target.DEBTOR else TO_OTHERS):
        raise Refused("这个号码不能用于这种目的，请核对后重新选择。", code="purpose_unfit")
    today = business_date(now)
    at = standing(debt_of(conn, borrower_id=borrower_id, today=today), today)
    by = named_person(by)
    if point.target is Target.CONTACT and not _holds_case(conn, borrower_id, by=by, now=now):
        raise Refused("联系他人只能由认领了客户案件的同事进行，请先在队列里认领。", code="case_not_held")
    said = opening(institution=policy.templates.institution, by=by, name=person[0], target=point.target)
    draft = Draft(
        outreach_id=attempt_id,
        borrower_id=borrower_id,
        channel=CHANNEL,
        kind=Kind.COLLECTION,
        text=said,
        template="call",
        template_version=policy.templates.version,
        approved=True,  # the opening has no words of the agent's own
        expires_at=now + DIAL_WITHIN,
        target=point.target,
        tier=_tier(at, policy),
        by=By.AGENT,
        by_name=by,
        purpose=purpose,
    )
    owed_fen = at.fen if at and at.day > 0 else 0
    known, history = known_of(conn, borrower_id, owed_fen=owed_fen, at=at, reach=reach, now=now, policy=policy)
    decided = clear(draft, contact=known, history=history, now=now, policy=policy)
    attempt = _attempt(draft, point, decided, now=now, policy=policy)
    contact.reserve(conn, attempt)
    if isinstance(decided, Cleared):
        return AskedCall(attempt, True, number=point.address, opening=said, dial_until=decided.expires_at)
    return AskedCall(attempt, False, decided)


def _reach(
    conn: Connection, borrower_id: str, contact_point_id: str | None, *, purpose: Purpose, policy: Policy
) -> Reach:
    if contact_point_id is None:
        return reach_of(conn, borrower_id, channel=CHANNEL, policy=policy)
    point = contact.point_by_id(conn, contact_point_id)
    known = point is not None and point.borrower_id == borrower_id and point.kind is PointKind.PHONE
    return Reach(CHANNEL, point if known else None, purpose)


def _holds_case(conn: Connection, borrower_id: str, *, by: str, now: datetime) -> bool:
    case = cases.live_of(conn, borrower_id)
    return case is not None and case.holder(now) == by


def _tier(at: Standing | None, policy: Policy) -> str:
    found = tier_of(policy.strategy.tiers, at.day) if at is not None else None
    return found.origin.id if found else ""


def _attempt(
    draft: Draft, point: ContactPoint, decided: Cleared | tuple[Violation, ...], *, now: datetime, policy: Policy
) -> Attempt:
    allowed = isinstance(decided, Cleared)
    return Attempt(
        id=draft.outreach_id,
        borrower_id=draft.borrower_id,
        channel=draft.channel,
        medium=Medium.INTERACTIVE,
        by_kind=draft.by,
        by_name=draft.by_name,
        at=now,
        kind=draft.kind,
        purpose=draft.purpose,
        contact_point_id=point.id,
        outcome=Outcome.UNKNOWN if allowed else Outcome.REFUSED,
        policy_version=policy.version,
        reasons=() if isinstance(decided, Cleared) else tuple(one.as_dict() for one in decided),
    )

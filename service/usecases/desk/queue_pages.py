"""What the pages of the people's queue ask for: the list, and one case with all an agent should know before he acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from service.db import case as cases
from service.db import case_pages, contact, promise
from service.db import contact_request as requests
from service.db.case import Figures
from service.db.case_calls import CallRow, last_calls
from service.db.case_pages import CaseRow, Said, Sent, Wanted
from service.domain.collect.contact import ContactPoint, ContactTerms
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.outreach import Target
from service.domain.collect.policy import Policy
from service.domain.collect.promise import Promise
from service.domain.collect.queue import CollectionCase, Event
from service.domain.collect.third_party_request import ContactRequest
from service.domain.collect.tier import standing
from service.domain.days import business_date
from service.domain.desk.mask import mask_phone
from service.domain.desk.pages import Page, Person
from service.domain.errors import NotFound
from service.usecases.collect.stops import StopShown, stops_of
from service.usecases.desk.call_now import CallNow, call_now
from service.usecases.desk.open_cases import weigh
from service.usecases.loan.debt import Debt, debt_of

__all__ = ["Brief", "CaseRow", "Wanted", "brief_of", "queue", "queue_figures"]

PAGE_SIZE = 20
LAST = 8
CALLS = 20
PROMISES = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A third party's number, masked. `used`: whether it must not be used any more."""

    id: str
    phone: str
    relation: str
    used: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to contact a third party, and who agreed."""

    request: ContactRequest
    point: Point
    approved_by: tuple[str, ...]
    used: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """Who it is, what is owed, what was promised, said and sent, what rests, what may be offered, and whether he may
    be called now."""

    case: CollectionCase
    person: Person | None
    debt: Debt
    facts: DebtorFacts
    profile: str
    promises: tuple[Promise, ...]
    said: tuple[Said, ...]
    sent: tuple[Sent, ...]
    stops: tuple[StopShown, ...]
    terms: ContactTerms | None
    offers: tuple[str, ...]
    call: CallNow
    others: tuple[Point, ...]
    asked: tuple[Asked, ...]
    events: tuple[Event, ...]
    calls: tuple[CallRow, ...]


def queue(conn: Connection, *, wanted: Wanted, number: int) -> Page[CaseRow]:
    """Page `number` (clamped to the last one) in the order in which cases are offered."""
    total = case_pages.count_cases(conn, wanted)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    rows = case_pages.select_cases(conn, wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(rows, number, PAGE_SIZE, total)


def queue_figures(conn: Connection, *, now: datetime) -> Figures:
    return cases.figures(conn, now=now)


def brief_of(conn: Connection, *, case_id: str, by: str, now: datetime, policy: Policy) -> Brief:
    """As things are now; `by` is who would call. Raises NotFound (case_unknown)."""
    found = cases.by_id(conn, case_id)
    if found is None:
        raise NotFound("没有找到这个案件，请返回队列重新选择。", code="case_unknown")
    today, who = business_date(now), found.borrower_id
    _, facts = weigh(conn, who, sources=cases.sources_of(conn, case_id), now=now, policy=policy)
    debt = debt_of(conn, borrower_id=who, today=today)
    points = {one.id: _point(one) for one in contact.points_of(conn, who) if one.target is Target.CONTACT}
    return Brief(
        case=found,
        person=case_pages.person_of(conn, who),
        debt=debt,
        facts=facts,
        profile=policy.strategy.profile_of(facts, today).label,
        promises=promise.promises_of(conn, who, limit=PROMISES),
        said=case_pages.last_said(conn, who, limit=LAST),
        sent=case_pages.last_sent(conn, who, limit=LAST),
        stops=stops_of(conn, who, policy=policy),
        terms=contact.terms_of(conn, who),
        offers=_offers(debt, facts, now=now, policy=policy),
        call=call_now(conn, borrower_id=who, by=by, now=now, policy=policy),
        others=tuple(points.values()),
        asked=tuple(_asked(conn, one, points[one.contact_point_id]) for one in requests.of_case(conn, case_id)),
        events=cases.events_of(conn, case_id),
        calls=tuple(_masked(one) for one in last_calls(conn, who, by=by, limit=CALLS)),
    )


def _offers(debt: Debt, facts: DebtorFacts, *, now: datetime, policy: Policy) -> tuple[str, ...]:
    """What the strategy's latest step offers him, by the titles of its buttons."""
    today = business_date(now)
    at = standing(debt, today)
    choice = policy.strategy.due(at.day, today, facts=facts) if at is not None else None
    known = policy.templates.buttons
    return tuple(known[one]["title"] for one in choice.step.offer if one in known) if choice else ()


def _masked(one: CallRow) -> CallRow:
    return replace(one, address=mask_phone(one.address))


def _point(one: ContactPoint) -> Point:
    gone = one.refused_at is not None or one.suppressed_at is not None
    return Point(one.id, mask_phone(one.address), one.relation, gone)


def _asked(conn: Connection, one: ContactRequest, point: Point) -> Asked:
    given = contact.approvers(conn, one.contact_point_id, purpose=one.purpose, since=one.asked_at)
    last = requests.last_asked(conn, one.contact_point_id, one.purpose)
    used = one.decided_at is not None and last is not None and last >= one.decided_at
    return Asked(one, point, tuple(sorted(given)), used)

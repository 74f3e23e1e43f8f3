"""Counts and sums that the figures of collection are made of, each by one statement over whole sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    ScalarSelect,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.sql.selectable import FromClause

from service.db.tables.collect import outreach, promise
from service.db.tables.contact import contact_attempt, contact_point
from service.db.tables.loan import ageing_tag, journal_entry, journal_line, loan
from service.domain.collect.figures import (
    PAID_OFF,
    WINDOWS,
    WRITTEN_OFF,
    Cohort,
    Intensity,
    Promised,
    Reached,
    Roll,
    Spent,
)
from service.domain.collect.outreach import COUNTED, State
from service.domain.collect.promise import PromiseState
from service.domain.days import SHANGHAI
from service.domain.loan.journal import Account, Kind

OWED = tuple(one.value for one in (Account.PRINCIPAL, Account.INTEREST, Account.PENALTY, Account.FEE))
PAYING = (Kind.PAYMENT.value, Kind.SUSPENSE_USED.value)
NOT_A_CONTACT = ("refused", "not_delivered")
M0 = "M0"


def rolls(conn: Connection, *, before: date, after: date) -> Iterator[Roll]:
    """Loans that were there, unpaid and not written off, at the end of `before`, by their state then and later."""
    state = _state(before), _state(after)
    each = (
        select(state[0].label("was"), state[1].label("becomes"), _principal(before).label("fen"))
        .where(loan.c.disbursed_on <= before)
        .subquery()
    )
    grouped = (
        select(each.c.was, each.c.becomes, func.count(), func.sum(func.coalesce(each.c.fen, 0)))
        .where(each.c.was.not_in((PAID_OFF, WRITTEN_OFF)))
        .group_by(each.c.was, each.c.becomes)
    )
    for was, becomes, loans, fen in conn.execute(grouped):
        yield Roll(f"{after:%Y-%m}", was, becomes, int(loans), int(fen))


def _state(on: date) -> ColumnElement[str]:
    held = ageing_tag.c.loan_id == loan.c.id
    open_then = and_(ageing_tag.c.entered_on <= on, or_(ageing_tag.c.left_on.is_(None), ageing_tag.c.left_on > on))
    tag = select(ageing_tag.c.bucket).where(held, open_then).limit(1).scalar_subquery()
    return case(
        (loan.c.written_off_on <= on, WRITTEN_OFF), (loan.c.settled_on <= on, PAID_OFF), else_=func.coalesce(tag, M0)
    )


def _principal(until: date | ColumnElement[date], of: Any = None) -> ScalarSelect[Any]:
    """What of a loan's principal was unpaid at the end of a day, from the journal."""
    entries = journal_line.join(journal_entry, journal_entry.c.id == journal_line.c.entry_id)
    mine = journal_line.c.loan_id == (loan.c.id if of is None else of)
    summed = select(func.sum(journal_line.c.amount_fen)).select_from(entries)
    at = journal_entry.c.business_date <= until
    return summed.where(mine, journal_line.c.account == Account.PRINCIPAL.value, at).scalar_subquery()


def cohorts(conn: Connection, *, first: date, last: date) -> list[Cohort]:
    """Loans by the month in which they became overdue; once for each time that they did."""
    sqlite = conn.dialect.name == "sqlite"
    each = _entries(first, last, sqlite=sqlite)
    sums: list[Any] = [func.count(), func.sum(func.coalesce(each.c.fen, 0))]
    for days in WINDOWS:
        sums += [
            func.sum(case((each.c.cured_after <= days, 1), else_=0)),
            func.sum(func.coalesce(each.c[f"paid_{days}"], 0)),
        ]
    month = _month(each.c.entered_on, sqlite=sqlite)
    found = conn.execute(select(month, *sums).group_by(month).order_by(month))
    return [
        Cohort(
            name,
            int(loans),
            int(fen),
            {days: int(rest[2 * at]) for at, days in enumerate(WINDOWS)},
            {days: int(rest[2 * at + 1]) for at, days in enumerate(WINDOWS)},
        )
        for name, loans, fen, *rest in found
    ]


def _entries(first: date, last: date, *, sqlite: bool) -> FromClause:
    """One row for each time that a loan became overdue: when, its principal, when it was cured, what was paid."""
    tag, earlier, cure = ageing_tag.alias("tag"), ageing_tag.alias("earlier"), ageing_tag.alias("cure")
    overdue_before = exists().where(
        earlier.c.loan_id == tag.c.loan_id,
        earlier.c.id < tag.c.id,
        earlier.c.bucket != M0,
        earlier.c.left_on == tag.c.entered_on,
        earlier.c.entered_on < earlier.c.left_on,
    )
    back = select(func.min(cure.c.entered_on)).where(
        cure.c.loan_id == tag.c.loan_id, cure.c.bucket == M0, cure.c.entered_on > tag.c.entered_on
    )
    cured_on = func.coalesce(back.scalar_subquery(), loan.c.settled_on)
    paid = [_paid_within(tag, days, sqlite=sqlite).label(f"paid_{days}") for days in WINDOWS]
    return (
        select(
            tag.c.entered_on,
            _principal(tag.c.entered_on, of=tag.c.loan_id).label("fen"),
            _days(cured_on, tag.c.entered_on, sqlite=sqlite).label("cured_after"),
            *paid,
        )
        .select_from(tag.join(loan, loan.c.id == tag.c.loan_id))
        .where(
            tag.c.bucket != M0,
            tag.c.entered_on.between(first, last),
            or_(tag.c.left_on.is_(None), tag.c.left_on > tag.c.entered_on),
            ~overdue_before,
        )
        .subquery()
    )


def _paid_within(tag: FromClause, days: int, *, sqlite: bool) -> ScalarSelect[Any]:
    since = _days(journal_entry.c.business_date, tag.c.entered_on, sqlite=sqlite)
    return (
        select(-func.sum(journal_line.c.amount_fen))
        .select_from(journal_line.join(journal_entry, journal_entry.c.id == journal_line.c.entry_id))
        .where(
            journal_line.c.loan_id == tag.c.loan_id,
            journal_line.c.account.in_(OWED),
            journal_entry.c.kind.in_(PAYING),
            since > 0,
            since <= days,
        )
        .scalar_subquery()
    )


def promises(conn: Connection, *, first: date, last: date) -> list[Promised]:
    """By the month in which they were due; those that are open or were cancelled are not there."""
    decided = [one.value for one in (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)]
    month = _month(promise.c.due_on, sqlite=conn.dialect.name == "sqlite")
    kept = func.sum(case((promise.c.state == PromiseState.KEPT.value, 1), else_=0))
    upto = case((promise.c.paid_fen < promise.c.amount_fen, promise.c.paid_fen), else_=promise.c.amount_fen)
    found = (
        select(month, func.count(), kept, func.sum(promise.c.amount_fen), func.sum(upto))
        .where(promise.c.due_on.between(first, last), promise.c.state.in_(decided))
        .group_by(month)
        .order_by(month)
    )
    return [Promised(row[0], *(int(one) for one in row[1:])) for row in conn.execute(found)]


def right_party(conn: Connection, *, first: date, last: date) -> list[Reached]:
    sqlite = conn.dialect.name == "sqlite"
    month = _month(_day(contact_attempt.c.at, sqlite=sqlite), sqlite=sqlite)
    himself = or_(contact_attempt.c.contact_point_id.is_(None), contact_point.c.target == "debtor")
    got = func.sum(case((and_(himself, contact_attempt.c.outcome == "connected"), 1), else_=0))
    found = (
        select(month, func.count(), got)
        .select_from(contact_attempt.outerjoin(contact_point, contact_point.c.id == contact_attempt.c.contact_point_id))
        .where(contact_attempt.c.medium == "interactive", contact_attempt.c.outcome != "refused", _at(first, last))
        .group_by(month)
        .order_by(month)
    )
    return [Reached(name, int(calls), int(reached)) for name, calls, reached in conn.execute(found)]


def intensity(conn: Connection, *, first: date, last: date) -> list[Intensity]:
    """Contacts that count, by week and tier; an attempt that no outreach made has the tier "person"."""
    sqlite = conn.dialect.name == "sqlite"
    day = _day(contact_attempt.c.at, sqlite=sqlite)
    monday = func.date(day, "weekday 0", "-6 days") if sqlite else cast(func.date_trunc("week", day), Date)
    tier = func.coalesce(outreach.c.tier, "person")
    each = (
        select(monday.label("week"), tier.label("tier"), contact_attempt.c.borrower_id, func.count().label("contacts"))
        .select_from(contact_attempt.outerjoin(outreach, outreach.c.id == contact_attempt.c.outreach_id))
        .where(contact_attempt.c.outcome.not_in(NOT_A_CONTACT), _at(first, last))
        .group_by(monday, tier, contact_attempt.c.borrower_id)
        .subquery()
    )
    found = (
        select(each.c.week, each.c.tier, func.sum(each.c.contacts), func.count(), func.max(each.c.contacts))
        .group_by(each.c.week, each.c.tier)
        .order_by(each.c.week, each.c.tier)
    )
    return [Intensity(_as_date(week), name, *(int(one) for one in rest)) for week, name, *rest in conn.execute(found)]


def spent(conn: Connection, *, first: date, last: date) -> list[Spent]:
    """By the day for which an outreach was planned; a case for people counts as one on the channel "person"."""
    channel = case((outreach.c.state == State.FOR_PERSON.value, "person"), else_=outreach.c.channel)
    states = [one.value for one in (*COUNTED, State.FOR_PERSON)]
    found = (
        select(outreach.c.business_date, channel, func.count())
        .where(outreach.c.business_date.between(first, last), outreach.c.state.in_(states))
        .group_by(outreach.c.business_date, channel)
    )
    return [Spent(on, name, int(count)) for on, name, count in conn.execute(found)]


def recovered(conn: Connection, *, first: date, last: date) -> dict[str, int]:
    """Fen paid, by month, on loans that were overdue when the day of the payment began."""
    on = journal_entry.c.business_date
    overdue = exists().where(
        ageing_tag.c.loan_id == journal_line.c.loan_id,
        ageing_tag.c.bucket != M0,
        ageing_tag.c.entered_on < on,
        or_(ageing_tag.c.left_on.is_(None), ageing_tag.c.left_on >= on),
    )
    month = _month(on, sqlite=conn.dialect.name == "sqlite")
    found = (
        select(month, -func.sum(journal_line.c.amount_fen))
        .select_from(journal_line.join(journal_entry, journal_entry.c.id == journal_line.c.entry_id))
        .where(journal_entry.c.kind.in_(PAYING), journal_line.c.account.in_(OWED), on.between(first, last), overdue)
        .group_by(month)
    )
    return {name: int(fen) for name, fen in conn.execute(found)}


def _at(first: date, last: date) -> ColumnElement[bool]:
    begins, ends = (datetime.combine(day, time.min, SHANGHAI) for day in (first, last + timedelta(days=1)))
    return and_(contact_attempt.c.at >= begins, contact_attempt.c.at < ends)


def _day(at: ColumnElement[datetime], *, sqlite: bool) -> ColumnElement[Any]:
    """The Shanghai day of an instant."""
    return func.date(at, "+8 hours") if sqlite else cast(func.timezone("Asia/Shanghai", at), Date)


def _month(day: ColumnElement[Any], *, sqlite: bool) -> ColumnElement[str]:
    return func.strftime("%Y-%m", day) if sqlite else func.to_char(day, "YYYY-MM")


def _days(later: ColumnElement[Any], earlier: ColumnElement[Any], *, sqlite: bool) -> ColumnElement[int]:
    if sqlite:
        return cast(func.julianday(later) - func.julianday(earlier), Integer)
    return cast(later, Date) - cast(earlier, Date)  # type: ignore[return-value]


def _as_date(found: date | str) -> date:
    return date.fromisoformat(found) if isinstance(found, str) else found

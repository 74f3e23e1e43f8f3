"""Everything the gate needs for one planned row, read afresh: the debt, promise, payments, pauses and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from service.db import chat, collect, payment
from service.db import collect_outreach as log
from service.domain.collect.outreach import Contact, Counter, Draft, History, Kind, Medium, Outreach
from service.domain.collect.policy import Policy
from service.domain.collect.template import Facts
from service.domain.collect.tier import Standing, standing
from service.domain.days import SHANGHAI, business_date
from service.usecases.loan.debt import debt_of


def draft_of(conn: Connection, row: Outreach, *, now: datetime, policy: Policy) -> tuple[Draft, Contact, History]:
    """The caller holds the borrower's row. Raises NotFound."""
    today = business_date(now)
    at = standing(debt_of(conn, borrower_id=row.borrower_id, today=today), today)
    contact = Contact(
        row.borrower_id, stops=frozenset(one.reason for one in collect.open_pauses(conn, row.borrower_id))
    )
    history = History(
        owed_fen=_owed_fen(row, at),
        promise_pending=collect.pending_promise(conn, row.borrower_id) is not None,
        payment_pending=payment.open_of(conn, row.borrower_id) is not None,
        held_by_agent=chat.held_by_agent(conn, row.borrower_id),
        counts=_counts(conn, row, now=now, policy=policy),
    )
    return _draft(row, at, policy, now), contact, history


def _draft(row: Outreach, at: Standing | None, policy: Policy, now: datetime) -> Draft:
    today = business_date(now)
    template = policy.templates.rows.get(row.template)
    facts = Facts(at.fen, at.episode_on, max(0, at.day)) if at else Facts(0, row.episode_on, 0)
    return Draft(
        outreach_id=row.id,
        borrower_id=row.borrower_id,
        channel=row.channel,
        kind=row.kind,
        text=policy.templates.render(template, facts) if template else "",
        template=row.template,
        template_version=template.edition if template else row.template_version,
        approved=template is not None and template.approved(today),
        expires_at=datetime.combine(row.business_date + timedelta(days=1), time.min, SHANGHAI),
        buttons=_buttons(row, policy),
    )


def _buttons(row: Outreach, policy: Policy) -> tuple[Mapping[str, str], ...]:
    """Those the step offers, as long as templates.toml still has them."""
    known = policy.templates.buttons
    return tuple(known[one] for one in (row.basis or {}).get("offer", ()) if one in known)


def _owed_fen(row: Outreach, at: Standing | None) -> int:
    """Fen that this row's message is about: what is overdue, or what the reminder's due date still needs."""
    if at is None or (at.day > 0) != (row.kind is Kind.COLLECTION):
        return 0
    if row.kind is Kind.REMINDER and at.episode_on != row.episode_on:
        return 0
    return at.fen


def _counts(conn: Connection, row: Outreach, *, now: datetime, policy: Policy) -> dict[Counter, int]:
    """Written messages only: calls are not placed by this system, so that their caps refuse them."""
    written = [one.origin.id for one in policy.rules.channels if one.medium is Medium.WRITTEN]
    midnight = datetime.combine(business_date(now), time.min, SHANGHAI)
    week = midnight - timedelta(days=6)
    sent_today = log.count_used(conn, row.borrower_id, channels=written, after=midnight, besides=row.id)
    collected = log.count_used(
        conn, row.borrower_id, channels=written, after=week, besides=row.id, kind=Kind.COLLECTION
    )
    return {Counter.WRITTEN_TODAY: sent_today, Counter.WRITTEN_7_DAYS: collected}

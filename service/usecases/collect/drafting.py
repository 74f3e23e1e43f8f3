"""Everything the gate needs for one planned row, read afresh: the text, the debt, and what is known of the debtor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from service.db.promise import promise_by_id
from service.domain.collect.contact import ContactPoint
from service.domain.collect.outreach import Contact, Draft, History, Kind, Outreach
from service.domain.collect.policy import Policy
from service.domain.collect.promise import PromiseState
from service.domain.collect.template import Facts
from service.domain.collect.tier import Standing, standing
from service.domain.days import SHANGHAI, business_date
from service.usecases.collect.known import known_of, reach_of
from service.usecases.loan.debt import debt_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate is asked about one row. `point`: the number or account it goes to, none in the app."""

    draft: Draft
    contact: Contact
    history: History
    point: ContactPoint | None


def draft_of(conn: Connection, row: Outreach, *, now: datetime, policy: Policy) -> Asked:
    """The caller holds the borrower's row. Raises NotFound."""
    today, borrower_id = business_date(now), row.borrower_id
    at = standing(debt_of(conn, borrower_id=borrower_id, today=today), today)
    promised = _promised(conn, row)
    reach = reach_of(conn, borrower_id, channel=row.channel, policy=policy)
    facts = _facts(row, at) if promised is None else promised
    address = reach.point.address if reach.point else ""
    owed_fen = _owed_fen(row, at, promised)
    known = known_of(conn, borrower_id, owed_fen=owed_fen, at=at, reach=reach, now=now, policy=policy)
    return Asked(_draft(row, facts, policy, now, address=address), *known, reach.point)


def _facts(row: Outreach, at: Standing | None) -> Facts:
    return Facts(at.fen, at.episode_on, max(0, at.day)) if at else Facts(0, row.episode_on, 0)


def _promised(conn: Connection, row: Outreach) -> Facts | None:
    """What is still to come of the part of a promise that a row is about; None where it is about a debt."""
    about = row.basis or {}
    if "promise" not in about:
        return None
    found = promise_by_id(conn, about["promise"])
    if found is None or found.state is not PromiseState.PENDING:
        return Facts(0, row.episode_on, 0)
    left = sum(one.amount_fen - one.kept_fen for one in found.parts if one.no == about["part"])
    return Facts(left, row.episode_on, 0)


def _draft(row: Outreach, facts: Facts, policy: Policy, now: datetime, *, address: str) -> Draft:
    today = business_date(now)
    template = policy.templates.rows.get(row.template)
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
        tier=row.tier,
        address=address,
    )


def _buttons(row: Outreach, policy: Policy) -> tuple[Mapping[str, str], ...]:
    """Those the step offers, as long as templates.toml still has them."""
    known = policy.templates.buttons
    return tuple(known[one] for one in (row.basis or {}).get("offer", ()) if one in known)


def _owed_fen(row: Outreach, at: Standing | None, promised: Facts | None) -> int:
    """Fen that this row's message is about: what is overdue, what the reminder's due date still needs, or what was
    promised, as long as anything is owed."""
    if promised is not None:
        return promised.amount_fen if at is not None else 0
    if at is None or (at.day > 0) != (row.kind is Kind.COLLECTION):
        return 0
    if row.kind is Kind.REMINDER and at.episode_on != row.episode_on:
        return 0
    return at.fen

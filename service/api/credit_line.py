"""What the bot's actions ask about limits: why they changed, what was applied for, and how it was decided."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.domain.days import business_date
from service.domain.loan.credit_line import LineEvent
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_rules import LimitRules
from service.usecases.collect.open_stops import open_stops
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.loan.ask_limit_review import ask_limit_review
from service.usecases.loan.explain_limit import explain_limit, history_of
from service.usecases.loan.list_limit_applications import list_limit_applications

router = APIRouter(prefix="/loan")
Borrower = Annotated[str, Depends(verified_borrower)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"
LARGEST_FEN = 10**12


class LimitWish(BaseModel):
    """Which line, and the limit that is wanted; without `amount_fen` the highest that the rules may grant alone."""

    line_id: str = Field(min_length=1, max_length=64)
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)


@router.get(OF + "/limit-history", dependencies=OURS)
def get_limit_history(
    request: Request, borrower_id: Borrower, since: Annotated[date | None, Query()] = None
) -> dict[str, Any]:
    """Every event of each line, and what changed after the day `since` in numbers and in words."""
    at = services(request)
    today = business_date(at.clock.now())
    with at.database.reading() as conn:
        told = explain_limit(conn, borrower_id=borrower_id, today=today, rules=at.limit_rules, since=since)
        events = history_of(conn, borrower_id=borrower_id)
    return {
        "since": told.since,
        "today": told.today,
        "days_past_due": told.days_past_due,
        "text": told.text,
        "lines": [
            {
                "line_id": one.line_id,
                "product_name": one.product_name,
                "then": one.then,
                "now": one.now,
                "changes": one.changes,
                "text": one.text,
                "events": [_event(event) for event in events[one.line_id]],
            }
            for one in told.lines
        ],
    }


@router.post(OF + "/limit-applications", dependencies=OURS)
def post_limit_application(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: LimitWish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> dict[str, Any]:
    """Apply for a higher limit and hear the decision with its reasons; the same Idempotency-Key again is the same
    application."""
    at = services(request)
    made = apply_for_limit(
        at.database,
        borrower_id=borrower_id,
        conversation_id=conversation_id,
        line_id=wish.line_id,
        asked_fen=wish.amount_fen,
        key=idempotency_key,
        stops=open_stops,
        rules=at.limit_rules,
        clock=at.clock,
    )
    return _shown(made, today=business_date(at.clock.now()), rules=at.limit_rules)


@router.get(OF + "/limit-applications", dependencies=OURS)
def get_limit_applications(request: Request, borrower_id: Borrower) -> dict[str, Any]:
    """The borrower's applications, newest first, and what he could apply for now on each line."""
    at = services(request)
    now = at.clock.now()
    with at.database.reading() as conn:
        found = list_limit_applications(conn, borrower_id=borrower_id, now=now, rules=at.limit_rules)
    today = business_date(now)
    shown = [_shown(one, today=today, rules=at.limit_rules) for one in found.applications]
    return {"applications": shown, "offers": found.offers}


@router.post(OF + "/limit-applications/{application_id}/review", dependencies=OURS)
def post_limit_review(
    request: Request, conversation_id: str, borrower_id: Borrower, application_id: str
) -> dict[str, Any]:
    """Ask that a person decide; asked again, it is the same."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        found = ask_limit_review(
            conn, application_id=application_id, borrower_id=borrower_id, now=now, rules=at.limit_rules
        )
    return _shown(found, today=business_date(now), rules=at.limit_rules)


def _shown(made: Application, *, today: date, rules: LimitRules) -> dict[str, Any]:
    """As a borrower may see it: who decided is "rules" or "person", never a name."""
    by = "person" if made.by_person else "rules"
    return {
        "application_id": made.id,
        "line_id": made.line_id,
        "asked_fen": made.asked_fen,
        "state": made.state.value,
        "amount_fen": made.amount_fen,
        "reasons": [{name: one[name] for name in ("code", "text", "advice")} for one in made.reasons],
        "rules_version": made.rules_version,
        "decided_by": by if made.decided_by else "",
        "reviewable": made.reviewable(today, rules),
        "created_at": made.created_at.isoformat(),
        "decided_at": made.decided_at.isoformat() if made.decided_at else None,
        "review_asked_at": made.review_asked_at.isoformat() if made.review_asked_at else None,
    }


def _event(event: LineEvent) -> dict[str, Any]:
    return {
        "no": event.no,
        "kind": event.kind.value,
        "amount_fen": event.amount_fen,
        "from_on": event.from_on,
        "until_on": event.until_on,
        "reason_code": event.reason.code,
        "reason": event.reason.text,
        "by": "rules" if event.by.startswith("rule:") else "person",
        "on": event.on,
    }

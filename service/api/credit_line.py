"""What the bot's actions ask about limits: why they changed, what was applied for, and how it was decided."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, Field

from service.api.deps import internal, services, verified_borrower
from service.api.iso import Day
from service.api.limit_answers import (
    LimitApplication,
    LimitApplications,
    LimitHistory,
    application_shown,
    history_shown,
)
from service.api.problems import refuses
from service.domain.days import business_date
from service.domain.money import LARGEST_FEN
from service.usecases.collect.open_stops import open_stops
from service.usecases.loan.apply_for_limit import apply_for_limit
from service.usecases.loan.ask_limit_review import ask_limit_review
from service.usecases.loan.explain_limit import explain_limit, history_of
from service.usecases.loan.list_limit_applications import list_limit_applications

router = APIRouter(prefix="/loan")
Borrower = Annotated[str, Depends(verified_borrower)]
OURS = [Depends(internal)]
OF = "/conversations/{conversation_id}"


class LimitWish(BaseModel):
    """Which line, and the limit that is wanted; without `amount_fen` the highest that the rules may grant alone."""

    line_id: str = Field(min_length=1, max_length=64)
    amount_fen: int | None = Field(None, strict=True, ge=-LARGEST_FEN, le=LARGEST_FEN)


@router.get(OF + "/limit-history", dependencies=OURS)
@refuses("borrower_unknown", "since_not_before")
def get_limit_history(
    request: Request, borrower_id: Borrower, since: Annotated[Day | None, Query()] = None
) -> LimitHistory:
    """Every event of each line, and what changed after the day `since` in numbers and in words."""
    at = services(request)
    today = business_date(at.clock.now())
    with at.database.reading() as conn:
        told = explain_limit(conn, borrower_id=borrower_id, today=today, rules=at.limit_rules, since=since)
        events = history_of(conn, borrower_id=borrower_id)
    return history_shown(told, events=events)


@router.post(OF + "/limit-applications", dependencies=OURS)
@refuses(
    "line_unknown",
    "idempotency_key_reused",
    "line_closed",
    "limit_not_higher",
    "limit_uneven",
    "cap_exceeded",
    "application_open",
    "application_too_soon",
)
def post_limit_application(
    request: Request,
    conversation_id: str,
    borrower_id: Borrower,
    wish: LimitWish,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255)],
) -> LimitApplication:
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
    return application_shown(made, today=business_date(at.clock.now()), rules=at.limit_rules)


@router.get(OF + "/limit-applications", dependencies=OURS)
@refuses("borrower_unknown")
def get_limit_applications(request: Request, borrower_id: Borrower) -> LimitApplications:
    """The borrower's applications, newest first, and what he could apply for now on each line."""
    at = services(request)
    now = at.clock.now()
    with at.database.reading() as conn:
        found = list_limit_applications(conn, borrower_id=borrower_id, now=now, rules=at.limit_rules)
    today = business_date(now)
    shown = [application_shown(one, today=today, rules=at.limit_rules) for one in found.applications]
    return LimitApplications(applications=shown, offers=list(found.offers))


@router.post(OF + "/limit-applications/{application_id}/review", dependencies=OURS)
@refuses("application_unknown", "nothing_to_review", "already_reviewed", "review_too_late", "application_open")
def post_limit_review(
    request: Request, conversation_id: str, borrower_id: Borrower, application_id: Annotated[str, Path(max_length=64)]
) -> LimitApplication:
    """Ask that a person decide; asked again, it is the same."""
    at = services(request)
    now = at.clock.now()
    with at.database.transaction() as conn:
        found = ask_limit_review(
            conn, application_id=application_id, borrower_id=borrower_id, now=now, rules=at.limit_rules
        )
    return application_shown(found, today=business_date(now), rules=at.limit_rules)

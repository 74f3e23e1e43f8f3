"""The shapes of what is answered about limits; what the fields mean is in `fields.toml`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from service.domain.loan.credit_line import EventKind, LineEvent, Standing
from service.domain.loan.limit_application import Application
from service.domain.loan.limit_explanation import Change, Explanation
from service.domain.loan.limit_rules import LimitRules, Outcome
from service.usecases.loan.list_limit_applications import LimitOffer


class ShownLineEvent(BaseModel):
    """Something that happened to a credit line."""

    no: int
    kind: EventKind
    amount_fen: int
    from_on: date | None
    until_on: date | None
    reason_code: str
    reason: str
    by: Literal["rules", "person"]
    on: date


class LineHistory(BaseModel):
    """How one credit line changed, and every event of it."""

    line_id: str
    product_name: str
    then: Standing | None
    now: Standing
    changes: list[Change]
    text: str
    events: list[ShownLineEvent]


class LimitHistory(BaseModel):
    """How the borrower's credit lines changed since a day."""

    since: date
    today: date
    days_past_due: int
    text: str
    lines: list[LineHistory]


class DecisionReason(BaseModel):
    """Why an application was decided as it was."""

    code: str
    text: str
    advice: str


class LimitApplication(BaseModel):
    """An application for a higher limit, as its borrower may see it."""

    application_id: str
    reference: str
    line_id: str
    asked_fen: int
    state: Outcome
    amount_fen: int
    reasons: list[DecisionReason]
    rules_version: str
    decided_by: Literal["rules", "person", ""]
    reviewable: bool
    created_at: datetime
    answer_by: date | None
    decided_at: datetime | None
    review_asked_at: datetime | None


class LimitApplications(BaseModel):
    """What was applied for, and what could be applied for now."""

    applications: list[LimitApplication]
    offers: list[LimitOffer]


def application_shown(made: Application, *, today: date, rules: LimitRules) -> LimitApplication:
    """As a borrower may see it: who decided is "rules" or "person", never a name."""
    by: Literal["rules", "person"] = "person" if made.by_person else "rules"
    return LimitApplication(
        application_id=made.id,
        reference=made.reference,
        line_id=made.line_id,
        asked_fen=made.asked_fen,
        state=made.state,
        amount_fen=made.amount_fen,
        reasons=[_reason(one) for one in made.reasons],
        rules_version=made.rules_version,
        decided_by=by if made.decided_by else "",
        reviewable=made.reviewable(today, rules),
        created_at=made.created_at,
        answer_by=made.answer_by(rules),
        decided_at=made.decided_at,
        review_asked_at=made.review_asked_at,
    )


def history_shown(told: Explanation, *, events: dict[str, tuple[LineEvent, ...]]) -> LimitHistory:
    """What was told of the lines, with all events of each; `events` is by line."""
    lines = [
        LineHistory(
            line_id=one.line_id,
            product_name=one.product_name,
            then=one.then,
            now=one.now,
            changes=list(one.changes),
            text=one.text,
            events=_events(events[one.line_id]),
        )
        for one in told.lines
    ]
    return LimitHistory(
        since=told.since, today=told.today, days_past_due=told.days_past_due, text=told.text, lines=lines
    )


def _reason(one: Any) -> DecisionReason:
    return DecisionReason(code=one["code"], text=one["text"], advice=one["advice"])


def _events(events: Iterable[LineEvent]) -> list[ShownLineEvent]:
    return [
        ShownLineEvent(
            no=event.no,
            kind=event.kind,
            amount_fen=event.amount_fen,
            from_on=event.from_on,
            until_on=event.until_on,
            reason_code=event.reason.code,
            reason=event.reason.text,
            by="rules" if event.by.startswith("rule:") else "person",
            on=event.on,
        )
        for event in events
    ]

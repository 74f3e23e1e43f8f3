"""The console's page of disputes and complaints: what was said, by when it is answered, and a person's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.console.forms import PageNumber, State
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.days import business_date
from service.domain.desk.matter import ANSWER_AT_MOST, NAMES, OUTCOMES, MatterOutcome
from service.domain.errors import Refused
from service.usecases.desk.answer_matter import answer_matter
from service.usecases.desk.matters import matters

router = APIRouter(prefix=f"{HOME}/matters", route_class=ConsoleRoute, include_in_schema=False)

WAITING, ANSWERED = "waiting", "answered"
NO_DRAFT: Mapping[str, str] = {"matter_id": "", "outcome": "", "answer": ""}


@router.get("")
def listed(request: Request, desk: AtDesk, state: State = WAITING, page: PageNumber = 1) -> Response:
    return _list(request, desk, state=state, page=page)


@router.post("/{matter_id}/answer")
def answer(
    request: Request,
    desk: Acting,
    matter_id: str,
    outcome: Annotated[str, Form(max_length=16)] = "",
    answer: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The agent who is logged in answers; the borrower is told in the same transaction."""
    services = request.app.state.services
    draft = {"matter_id": matter_id, "outcome": outcome, "answer": answer}
    if outcome not in set(MatterOutcome):
        return _list(request, desk, error="请选择核实结果。", draft=draft, status=422)
    try:
        with services.database.transaction() as conn:
            made = answer_matter(
                conn,
                matter_id=matter_id,
                outcome=MatterOutcome(outcome),
                answer=answer,
                by=desk.agent.name,
                wording=services.policy.wording,
                now=services.clock.now(),
            )
    except Refused as refused:
        return _list(request, desk, error=refused.detail, draft=draft, status=422)
    services.bell.ring(made.conversation_id)
    return RedirectResponse(f"{HOME}/matters", status_code=303)


def _list(
    request: Request,
    desk: Desk,
    *,
    state: str = WAITING,
    page: int = 1,
    error: str = "",
    draft: Mapping[str, str] = NO_DRAFT,
    status: int = 200,
) -> Response:
    services = request.app.state.services
    state = ANSWERED if state == ANSWERED else WAITING
    with services.database.reading() as conn:
        found = matters(conn, answered=state == ANSWERED, number=page)
    words = {
        "kinds": NAMES,
        "outcomes": OUTCOMES,
        "longest": ANSWER_AT_MOST,
        "today": business_date(services.clock.now()),
    }
    shown = {"found": found, "state": state, "error": error, "draft": draft}
    return render(request, "matters.html", status=status, desk=desk, **words, **shown)

"""The console's page of applications for a higher limit: facts and reasons, and a person's decision."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import PageNumber, Remark, Short, State, fen_of
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.errors import Refused
from service.domain.loan.limit_rules import Outcome
from service.usecases.chat.tell_limit_decision import tell_limit_decision
from service.usecases.desk.limit_applications import limit_applications, one_application
from service.usecases.loan.decide_limit_application import decide_limit_application
from service.usecases.loan.record_income import record_income

router = APIRouter(prefix=f"{HOME}/limits", route_class=ConsoleRoute, include_in_schema=False)

WAITING = Outcome.REFERRED.value


@router.get("")
def applications(request: Request, desk: AtDesk, state: State = WAITING, page: PageNumber = 1) -> Response:
    return _list(request, desk, state=state, page=page)


@router.post("/{application_id}/decide")
def decide(
    request: Request,
    desk: Acting,
    application_id: str,
    outcome: Short = "",
    amount: Short = "",
    reason: Short = "",
    note: Remark = "",
) -> Response:
    """The agent who is logged in approves with an amount or refuses; the borrower is told in the same transaction."""
    services = request.app.state.services
    try:
        chosen, amount_fen = _outcome(outcome), fen_of(amount) if outcome == Outcome.APPROVED.value else 0
        with services.database.transaction() as conn:
            now = services.clock.now()
            decided = decide_limit_application(
                conn,
                application_id=application_id,
                outcome=chosen,
                amount_fen=amount_fen,
                reason_code=reason,
                by=desk.agent.name,
                note=note,
                now=now,
                rules=services.limit_rules,
            )
            tell_limit_decision(conn, decided, now=now)
    except Refused as refused:
        return _list(request, desk, error=refused.detail, status=422)
    services.bell.ring(decided.conversation_id)
    return RedirectResponse(f"{HOME}/limits", status_code=303)


@router.post("/{application_id}/income")
def income(request: Request, desk: Acting, application_id: str, monthly: Short = "", key: Short = "") -> Response:
    """The agent has checked a proof of income of the applicant."""
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            record_income(
                conn,
                borrower_id=one_application(conn, application_id=application_id).borrower_id,
                monthly_fen=fen_of(monthly),
                by=desk.agent.name,
                key=f"{application_id}:{key}",
                now=services.clock.now(),
                rules=services.limit_rules,
            )
    except Refused as refused:
        return _list(request, desk, error=refused.detail, status=422)
    return RedirectResponse(f"{HOME}/limits", status_code=303)


def _list(
    request: Request, desk: Desk, *, state: str = WAITING, page: int = 1, error: str = "", status: int = 200
) -> Response:
    services = request.app.state.services
    state = state if state in labels.APPLICATION_STATES else ""
    with services.database.reading() as conn:
        found = limit_applications(conn, state=state, number=page, now=services.clock.now())
    reasons: dict[str, list[Any]] = {"approved": [], "refused": []}
    for one in services.limit_rules.person_reasons.values():
        reasons[one.outcome.value].append(one)
    context = {"desk": desk, "found": found, "state": state, "reasons": reasons, "error": error}
    return render(request, "limits.html", status=status, **context)


def _outcome(text: str) -> Outcome:
    if text not in (Outcome.APPROVED.value, Outcome.REFUSED.value):
        raise Refused("请选择同意或拒绝。")
    return Outcome(text)

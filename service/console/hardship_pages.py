"""The console's page of hardship proposals: what is asked for and what is known, and a person's decision."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import PageNumber, Remark, Short, State
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.errors import Refused
from service.domain.loan.hardship_proposal import HardshipState
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.collect.decide_hardship import decide_hardship
from service.usecases.desk.hardship_proposals import hardship_proposals

router = APIRouter(prefix=f"{HOME}/hardship", route_class=ConsoleRoute, include_in_schema=False)

WAITING = HardshipState.PROPOSED.value


@router.get("")
def proposals(request: Request, desk: AtDesk, state: State = WAITING, page: PageNumber = 1) -> Response:
    return _list(request, desk, state=state, page=page)


@router.post("/{proposal_id}/decide")
def decide(
    request: Request,
    desk: Acting,
    proposal_id: str,
    outcome: Short = "",
    refusal: Short = "",
    remark: Remark = "",
) -> Response:
    """The agent who is logged in approves or rejects; ledger, outreach and the word to the borrower follow at once."""
    services = request.app.state.services
    if outcome not in ("approved", "rejected"):
        return _list(request, desk, error="请选择同意或拒绝。", status=422)
    try:
        with services.database.transaction() as conn:
            decided = decide_hardship(
                conn,
                proposal_id=proposal_id,
                approve=outcome == "approved",
                refusal=refusal,
                by=desk.agent.name,
                remark=remark,
                now=services.clock.now(),
                policy=services.hardship,
                tell=tell_hardship,
            )
    except Refused as refused:
        return _list(request, desk, error=refused.detail, status=422)
    services.bell.ring(decided.conversation_id)
    return RedirectResponse(f"{HOME}/hardship", status_code=303)


def _list(
    request: Request, desk: Desk, *, state: str = WAITING, page: int = 1, error: str = "", status: int = 200
) -> Response:
    services = request.app.state.services
    state = state if state in labels.HARDSHIP_STATES else ""
    with services.database.reading() as conn:
        found = hardship_proposals(conn, state=state, number=page)
    refusals = list(services.hardship.refusals.values())
    context = {"desk": desk, "found": found, "state": state, "refusals": refusals, "error": error}
    return render(request, "hardship.html", status=status, **context)

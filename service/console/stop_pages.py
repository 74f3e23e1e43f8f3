"""What an agent does to stops from the console: stop, let begin again, decide on another agent's wish."""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console.forms import Back, Remark, Short
from service.console.route import HOME, Acting, ConsoleRoute, safe_next
from service.domain.errors import Refused
from service.usecases.collect.resume import decide_resuming, resume
from service.usecases.collect.stop_by_hand import stop_by_hand

router = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)


@router.post("/borrowers/{borrower_id}/stops")
def stop(
    request: Request,
    desk: Acting,
    borrower_id: str,
    reason: Short = "",
    note: Remark = "",
    key: Short = "",
    contact_point_id: Short = "",
    back: Back = HOME,
) -> Response:
    services = request.app.state.services
    with services.database.transaction() as conn:
        stop_by_hand(
            conn,
            borrower_id=borrower_id,
            reason=reason,
            note=note,
            by=desk.agent.name,
            key=f"desk:{desk.agent.id}:{key or uuid4().hex}",
            contact_point_id=contact_point_id,
            now=services.clock.now(),
        )
    return RedirectResponse(safe_next(back), status_code=303)


@router.post("/stops/{pause_id}/resume")
def let_begin_again(request: Request, desk: Acting, pause_id: str, reason: Remark = "", back: Back = HOME) -> Response:
    services = request.app.state.services
    with services.database.transaction() as conn:
        resume(
            conn,
            pause_id=pause_id,
            by=desk.agent.name,
            reason=reason,
            now=services.clock.now(),
            policy=services.policy,
        )
    return RedirectResponse(safe_next(back), status_code=303)


@router.post("/resume-requests/{request_id}/decide")
def decide(
    request: Request, desk: Acting, request_id: str, outcome: Short = "", remark: Remark = "", back: Back = HOME
) -> Response:
    services = request.app.state.services
    if outcome not in ("approved", "rejected"):
        raise Refused("请选择同意或不同意。")
    with services.database.transaction() as conn:
        decide_resuming(
            conn,
            request_id=request_id,
            approve=outcome == "approved",
            by=desk.agent.name,
            remark=remark,
            now=services.clock.now(),
        )
    return RedirectResponse(safe_next(back), status_code=303)

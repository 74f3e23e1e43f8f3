"""Calling from a case in the console: ask the gate for a number, then tell what came of the call."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.console.call_labels import seconds_of
from service.console.queue_pages import case_page
from service.console.route import HOME, Acting, ConsoleRoute
from service.domain.collect.calling import CallResult
from service.domain.collect.outreach import Purpose
from service.domain.errors import Refused
from service.usecases.collect.report_call import report_call
from service.usecases.desk.call_from_case import ask_to_call

router = APIRouter(prefix=f"{HOME}/queue", route_class=ConsoleRoute, include_in_schema=False)

Short = Annotated[str, Form(max_length=128)]


@router.post("/{case_id}/calls")
def ask(request: Request, desk: Acting, case_id: str, whom: Short = "", key: Short = "") -> Response:
    """`whom`: a number's id and the purpose, as the page offers them. Pressed twice, it is asked once."""
    services = request.app.state.services
    point_id, _, purpose = whom.rpartition(":")
    try:
        if purpose not in list(Purpose):
            raise Refused("请选择要拨打的号码和目的。")
        with services.database.transaction() as conn:
            call_id = ask_to_call(
                conn,
                case_id=case_id,
                contact_point_id=point_id,
                purpose=Purpose(purpose),
                key=key or uuid4().hex,
                agent=desk.agent,
                now=services.clock.now(),
                policy=services.policy,
            )
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=422)
    return _to(case_id, call_id)


@router.post("/{case_id}/calls/{call_id}/result")
def tell(
    request: Request, desk: Acting, case_id: str, call_id: str, result: Short = "", length: Short = ""
) -> Response:
    """A refused form comes back with what was written in it."""
    services = request.app.state.services
    try:
        if result not in list(CallResult):
            raise Refused("请选择通话结果。")
        seconds = seconds_of(length)
        if result == CallResult.CONNECTED and seconds is None:
            raise Refused("已接通的通话请填写时长，例如 3:25。")
        with services.database.transaction() as conn:
            report_call(
                conn,
                attempt_id=call_id,
                by=desk.agent.name,
                result=CallResult(result),
                seconds=seconds,
                now=services.clock.now(),
            )
    except Refused as refused:
        draft = {"call_result": result, "length": length}
        return case_page(request, desk, case_id, error=refused.detail, status=422, draft=draft)
    return _to(case_id, call_id)


def _to(case_id: str, call_id: str) -> Response:
    here = f"{HOME}/queue/{quote(case_id, safe='')}"
    return RedirectResponse(f"{here}?call={quote(call_id, safe='')}#calls", status_code=303)

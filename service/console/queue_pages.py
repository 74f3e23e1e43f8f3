"""The console's pages of the people's queue: the list with the supervisor's line, and one case to work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import PageNumber, Short, State, day_of, fen_of
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.collect.outreach import Purpose
from service.domain.days import business_date
from service.domain.errors import Refused
from service.usecases.collect.stops import choices
from service.usecases.desk.call_from_case import calls_of, choices_of
from service.usecases.desk.contact_others import ask_to_contact, decide_contact
from service.usecases.desk.queue_pages import Wanted, brief_of, queue, queue_figures
from service.usecases.desk.work_case import Told, claim, claim_next, dispose, give_back, skip

router = APIRouter(prefix=f"{HOME}/queue", route_class=ConsoleRoute, include_in_schema=False)

Words = Annotated[str, Form(max_length=1000)]
T = TypeVar("T")
EMPTY = "empty"
FIELDS = ("code", "note", "next_on", "amount", "promised_on", "contact_reason", "words", "call_result", "length")


@router.get("")
def cases(
    request: Request,
    desk: AtDesk,
    q: Annotated[str, Query(max_length=64)] = "",
    show: State = "",
    level: Annotated[str, Query(max_length=32)] = "",
    page: PageNumber = 1,
    nothing: State = "",
) -> Response:
    services = request.app.state.services
    levels = {one.origin.id: one.label for one in services.policy.queue.levels}
    show, level = (show if show in labels.QUEUE_SHOWS else ""), (level if level in levels else "")
    now = services.clock.now()
    with services.database.reading() as conn:
        wanted = Wanted(now, desk.agent.name, show, level, q.strip())
        found, figures = queue(conn, wanted=wanted, number=page), queue_figures(conn, now=now)
    context = {"found": found, "figures": figures, "levels": levels, "q": q, "show": show, "level": level}
    return render(request, "queue.html", desk=desk, nothing=nothing == EMPTY, **context)


@router.post("/claim-next")
def take_next(request: Request, desk: Acting) -> Response:
    services = request.app.state.services
    with services.database.transaction() as conn:
        found = claim_next(conn, by=desk.agent.name, now=services.clock.now(), policy=services.policy)
    if found is None:
        return RedirectResponse(f"{HOME}/queue?nothing={EMPTY}", status_code=303)
    return _to(found.id)


@router.get("/{case_id}")
def case(request: Request, desk: AtDesk, case_id: str, call: Annotated[str, Query(max_length=128)] = "") -> Response:
    return case_page(request, desk, case_id, chosen_call=call)


@router.post("/{case_id}/claim")
def take(request: Request, desk: Acting, case_id: str) -> Response:
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            claim(conn, case_id=case_id, by=desk.agent.name, now=services.clock.now(), policy=services.policy)
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=409)
    return _to(case_id)


@router.post("/{case_id}/let-go")
def let_go(request: Request, desk: Acting, case_id: str, how: Short = "", reason: Words = "") -> Response:
    """Skipped for a colleague, or given back for anybody."""
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            now = services.clock.now()
            act = skip if how == "skip" else give_back
            act(conn, case_id=case_id, by=desk.agent.name, reason=reason, now=now)
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=422)
    return RedirectResponse(f"{HOME}/queue", status_code=303)


@router.post("/{case_id}/disposition")
def tell(
    request: Request,
    desk: Acting,
    case_id: str,
    code: Short = "",
    note: Words = "",
    next_on: Short = "",
    amount: Short = "",
    promised_on: Short = "",
) -> Response:
    """A refused form comes back with what was written in it."""
    services = request.app.state.services
    draft = {"code": code, "note": note, "next_on": next_on, "amount": amount, "promised_on": promised_on}
    try:
        told = Told(code, note, _told(next_on, day_of), _told(amount, fen_of), _told(promised_on, day_of))
        with services.database.transaction() as conn:
            now = services.clock.now()
            dispose(conn, case_id=case_id, by=desk.agent.name, told=told, now=now, policy=services.policy)
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=422, draft=draft)
    return RedirectResponse(f"{HOME}/queue", status_code=303)


@router.post("/{case_id}/contact")
def ask(
    request: Request,
    desk: Acting,
    case_id: str,
    contact_point_id: Short = "",
    purpose: Short = "",
    reason: Words = "",
    words: Words = "",
) -> Response:
    services = request.app.state.services
    draft = {"contact_reason": reason, "words": words}
    try:
        with services.database.transaction() as conn:
            ask_to_contact(
                conn,
                case_id=case_id,
                contact_point_id=contact_point_id,
                purpose=Purpose.RELAY if purpose == Purpose.RELAY else Purpose.LOCATE,
                reason=reason,
                words=words,
                by=desk.agent.name,
                now=services.clock.now(),
                policy=services.policy,
            )
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=422, draft=draft)
    return _to(case_id)


@router.post("/{case_id}/contact/{request_id}")
def decide(
    request: Request, desk: Acting, case_id: str, request_id: str, outcome: Short = "", remark: Words = ""
) -> Response:
    services = request.app.state.services
    if outcome not in ("approved", "rejected"):
        return case_page(request, desk, case_id, error="请选择同意或不同意。", status=422)
    try:
        with services.database.transaction() as conn:
            decide_contact(
                conn,
                request_id=request_id,
                approve=outcome == "approved",
                by=desk.agent.name,
                remark=remark,
                now=services.clock.now(),
                policy=services.policy,
            )
    except Refused as refused:
        return case_page(request, desk, case_id, error=refused.detail, status=422)
    return _to(case_id)


def case_page(
    request: Request,
    desk: Desk,
    case_id: str,
    *,
    error: str = "",
    status: int = 200,
    draft: dict[str, str] | None = None,
    chosen_call: str = "",
) -> Response:
    """One case as it is now, above it an `error`; `draft` is what a refused form had in it."""
    services = request.app.state.services
    now, policy = services.clock.now(), services.policy
    with services.database.reading() as conn:
        brief = brief_of(conn, case_id=case_id, by=desk.agent.name, now=now, policy=policy)
        calls, call_choices = calls_of(conn, case_id=case_id, agent=desk.agent), choices_of(conn, case_id=case_id)
    written = dict.fromkeys(FIELDS, "")
    return render(
        request,
        "case.html",
        status=status,
        desk=desk,
        brief=brief,
        mine=brief.case.holder(now) == desk.agent.name,
        levels={one.origin.id: one.label for one in policy.queue.levels},
        dispositions=policy.queue.dispositions(business_date(now)),
        stop_choices=choices(policy),
        stop_key=uuid4().hex,
        calls=calls,
        call_choices=call_choices,
        call_key=uuid4().hex,
        chosen_call=chosen_call,
        here=f"{HOME}/queue/{case_id}",
        error=error,
        draft=written | (draft or {}),
    )


def _to(case_id: str) -> Response:
    return RedirectResponse(f"{HOME}/queue/{quote(case_id, safe='')}", status_code=303)


def _told(text: str, read: Callable[[str], T]) -> T | None:
    """A field that may be left empty."""
    return read(text) if text.strip() else None

"""The way into the console and out of it."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.console import session
from service.console.route import HOME, Acting, ConsoleRoute, ForgedForm, key_of, render, safe_next
from service.domain.errors import Refused
from service.usecases.desk.log_in import log_in, log_out

router = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)


@router.get("/login")
def form(request: Request, next: str = HOME) -> Response:
    return _form(request, next=next)


@router.post("/login")
def enter(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    form_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """Checks the form's token, then the count of guesses, then the password."""
    if not session.is_form_token(form_token, request.cookies.get(session.VISIT_COOKIE, ""), key=key_of(request)):
        raise ForgedForm
    services, limiter = request.app.state.services, request.app.state.console_guesses
    now = services.clock.now()
    keys = (f"name:{name[:64]}", f"address:{request.client.host if request.client else ''}")
    wait = limiter.begin(*keys, now=now)
    if wait is not None:
        minutes = -(-int(wait.total_seconds()) // 60)
        return _form(request, next=next, name=name, status=429, error=f"尝试次数过多，请在 {minutes} 分钟后再试。")
    try:
        with services.database.reading() as conn:
            agent = log_in(conn, name=name, password=password)
    except Refused as wrong:
        return _form(request, next=next, name=name, status=401, error=wrong.detail)
    limiter.forgive(*keys)
    response = RedirectResponse(safe_next(next), status_code=303)
    made = session.issue(agent_id=agent.id, generation=agent.generation, key=key_of(request), now=now)
    _set_cookie(request, response, session.SESSION_COOKIE, made, seconds=int(session.LIFETIME.total_seconds()))
    response.delete_cookie(session.VISIT_COOKIE, path=HOME)
    return response


@router.post("/logout")
def leave(request: Request, desk: Acting) -> Response:
    with request.app.state.services.database.transaction() as conn:
        log_out(conn, agent_id=desk.agent.id)
    response = RedirectResponse(f"{HOME}/login", status_code=303)
    response.delete_cookie(session.SESSION_COOKIE, path=HOME)
    return response


def _form(request: Request, *, next: str, name: str = "", status: int = 200, error: str = "") -> Response:
    nonce = request.cookies.get(session.VISIT_COOKIE) or secrets.token_urlsafe(16)
    token = session.form_token(nonce, key=key_of(request))
    response = render(
        request, "login.html", status=status, next=safe_next(next), name=name, error=error, form_token=token
    )
    _set_cookie(request, response, session.VISIT_COOKIE, nonce, seconds=3600)
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int) -> None:
    # Over plain HTTP a browser drops Secure cookies; there only this machine is listening.
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, path=HOME, httponly=True, samesite="strict", secure=secure)

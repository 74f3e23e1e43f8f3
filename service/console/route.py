"""How every console page is guarded and answered: headers, log-in, form tokens, and errors people can read."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import DataError

from service.console import call_labels, labels, outreach_labels, promise_labels, session
from service.domain.desk.handover import Agent
from service.domain.errors import NotFound, XiaoqingError
from service.domain.loan.ageing import asset_class_floor
from service.domain.money import yuan
from service.usecases.desk.log_in import still_logged_in

HOME = "/console"
STATIC = Path(__file__).parent / "static"
FORGED = "表单已失效，为了您的账号安全没有执行该操作。请返回上一页刷新后重试。"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class NotLoggedIn(Exception):
    """The page needs an agent and nobody, or nobody any more, is logged in."""


class ForgedForm(Exception):
    """A form came without the token its session was given."""


class MayNot(Exception):
    """The agent who is logged in has not the role for it; says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is asking, and the token his forms carry."""

    agent: Agent
    form_token: str


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "label": labels.label,
        "at": labels.at,
        "waited": labels.waited,
        "yuan": yuan,
        "asset_class": asset_class_floor,
        "step_day": labels.step_day,
        "entity_value": labels.entity_value,
        "fact": labels.fact,
        "noted": labels.noted,
        "decided_by": labels.decided_by,
        "hardship_terms": labels.hardship_terms,
        "length_of": call_labels.length,
        "basis_told": outreach_labels.told,
    }
    # A changed file gets a new address: nobody keeps yesterday's styles.
    version = str(max(int(file.stat().st_mtime) for file in STATIC.iterdir()))
    made.globals |= {
        "labels": labels,
        "call_labels": call_labels,
        "promise_labels": promise_labels,
        "static_version": version,
    }
    return made


def render(request: Request, page: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page; every value in it is escaped."""
    now = request.app.state.services.clock.now()
    values = {"now": now, "path": request.url.path, "desk": None} | context
    return HTMLResponse(_environment().get_template(page).render(**values), status_code=status)


def key_of(request: Request) -> str:
    key: str = request.app.state.services.settings.console_signing_key
    return key


def agent_at(request: Request) -> Desk:
    """The agent who asks. Raises NotLoggedIn."""
    services = request.app.state.services
    cookie = request.cookies.get(session.SESSION_COOKIE, "")
    found = session.read(cookie, key=key_of(request), now=services.clock.now())
    if found is None:
        raise NotLoggedIn
    with services.database.reading() as conn:
        agent = still_logged_in(conn, agent_id=found.agent_id, generation=found.generation)
    if agent is None:
        raise NotLoggedIn
    return Desk(agent, session.form_token(found.nonce, key=key_of(request)))


def acting_agent(desk: Annotated[Desk, Depends(agent_at)], form_token: Annotated[str, Form()] = "") -> Desk:
    """The agent who sent a form of his own. Raises NotLoggedIn, ForgedForm."""
    if not hmac.compare_digest(form_token.encode(), desk.form_token.encode()):
        raise ForgedForm
    return desk


AtDesk = Annotated[Desk, Depends(agent_at)]
Acting = Annotated[Desk, Depends(acting_agent)]


class ConsoleRoute(APIRoute):
    """Answers with pages, never JSON, and with the same strict headers on every one of them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await answer(request)
            except NotLoggedIn:
                response = _to_log_in(request)
            except ForgedForm:
                response = _problem(request, 403, FORGED)
            except MayNot as told:
                response = _problem(request, 403, str(told))
            except NotFound as missing:
                response = _problem(request, 404, missing.detail or "没有找到该内容，请返回列表重新选择。")
            except (RequestValidationError, DataError, UnicodeEncodeError):  # the latter two: nothing keeps such text
                response = _problem(request, 422, "提交的内容有误，请返回上一页检查后重试。")
            except XiaoqingError as refused:
                response = _problem(request, 409, refused.detail or "操作没有成功，请刷新页面后重试。")
            response.headers.update(HEADERS)
            return response

        return guarded


def safe_next(path: str) -> str:
    """Where to go after log-in: a path of the console, whatever was asked for."""
    inside = path == HOME or path.startswith(f"{HOME}/")
    leads_out = "\\" in path or "//" in path or ".." in path.split("/")
    return path if inside and not leads_out and path.isprintable() else HOME


def _to_log_in(request: Request) -> Response:
    if request.headers.get("x-fragment"):
        return PlainTextResponse("登录已过期，请重新登录。", status_code=401)
    asked = request.url.path if request.method == "GET" else _page_of_form(request)
    return RedirectResponse(f"{HOME}/login?next={quote(safe_next(asked))}", status_code=303)


def _page_of_form(request: Request) -> str:
    try:
        return urlsplit(request.headers.get("referer", "")).path
    except ValueError:
        return HOME


def _problem(request: Request, status: int, detail: str) -> Response:
    return render(request, "problem.html", status=status, title=HTTPStatus(status).phrase, code=status, detail=detail)

"""The console's page of the operators' tokens, for whoever may manage them: list, issue (shown once), revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service.console.forms import Short
from service.console.route import HOME, ConsoleRoute, Desk, MayNot, acting_agent, agent_at, render
from service.domain.desk.agent_token import LONGEST, AgentToken, TokenRole
from service.domain.errors import Refused, XiaoqingError
from service.usecases.desk.issue_token import issue_token
from service.usecases.desk.revoke_token import revoke_token
from service.usecases.desk.token_page import tokens_and_agents

router = APIRouter(prefix=f"{HOME}/tokens", route_class=ConsoleRoute, include_in_schema=False)

DAYS = 30


def _manager(desk: Annotated[Desk, Depends(agent_at)]) -> Desk:
    return _allowed(desk)


def _managing(desk: Annotated[Desk, Depends(acting_agent)]) -> Desk:
    return _allowed(desk)


Manager, Managing = Annotated[Desk, Depends(_manager)], Annotated[Desk, Depends(_managing)]


@router.get("")
def tokens(request: Request, desk: Manager) -> Response:
    return _page(request, desk)


@router.post("")
def issue(
    request: Request, desk: Managing, name: Short = "", role: Short = "", days: Short = "", key: Short = ""
) -> Response:
    """The answer is the page with the token on it, the only time that it is shown; the same form sent again makes
    none."""
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            token, made = issue_token(
                conn,
                name=name,
                role=_role(role),
                lasts=timedelta(_days(days)),
                now=services.clock.now(),
                key=f"{desk.agent.id}:{key or uuid4().hex}",
            )
    except XiaoqingError as refused:
        return _page(request, desk, error=refused.detail, status=422)
    return _page(request, desk, token=token, made=made)


@router.post("/{token_id}/revoke")
def revoke(request: Request, desk: Managing, token_id: str) -> Response:
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            revoke_token(conn, token_id=token_id, now=services.clock.now())
    except XiaoqingError as refused:
        return _page(request, desk, error=refused.detail, status=422)
    return RedirectResponse(f"{HOME}/tokens", status_code=303)


def _allowed(desk: Desk) -> Desk:
    if not desk.agent.may_manage_tokens:
        raise MayNot("只有管理员可以管理接口令牌。需要令牌时，请联系管理员。")
    return desk


def _role(text: str) -> TokenRole:
    if text not in set(TokenRole):
        raise Refused("请选择令牌的权限。")
    return TokenRole(text)


def _days(text: str) -> int:
    """Raises Refused: not a number of days that a token may last."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= LONGEST.days):
        raise Refused(f"有效天数请填 1 到 {LONGEST.days} 的整数。")
    return int(text)


def _page(
    request: Request,
    desk: Desk,
    *,
    token: str = "",
    made: AgentToken | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    with request.app.state.services.database.reading() as conn:
        found = tokens_and_agents(conn)
    shown = {"found": found, "token": token, "made": made, "error": error, "key": uuid4().hex}
    return render(request, "tokens.html", status=status, desk=desk, days=DAYS, longest=LONGEST.days, **shown)

"""The console's pages: conversations, one conversation, outreach with its reasons, promises."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import PageNumber, Short
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.chat.turn import LONGEST_TEXT
from service.domain.days import business_date
from service.domain.errors import NotFound, Refused
from service.usecases.collect.remind_promises import TIER as PROMISED
from service.usecases.collect.stops import choices
from service.usecases.desk import pages
from service.usecases.desk.give_back import give_back
from service.usecases.desk.reply import reply
from service.usecases.desk.take import take

router = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)
elsewhere = APIRouter(prefix=HOME, route_class=ConsoleRoute, include_in_schema=False)

Text = Annotated[str, Query(max_length=64)]


@router.get("")
def conversations(
    request: Request, desk: AtDesk, q: Text = "", owner: Text = "", channel: Text = "", page: PageNumber = 1
) -> Response:
    return render(request, "conversations.html", **_conversations(request, desk, q, owner, channel, page))


@router.get("/rows")
def conversation_rows(
    request: Request, desk: AtDesk, q: Text = "", owner: Text = "", channel: Text = "", page: PageNumber = 1
) -> Response:
    context = _conversations(request, desk, q, owner, channel, page)
    return _fragment(request, render(request, "conversation_rows.html", **context))


@router.get("/conversations/{conversation_id}")
def conversation(
    request: Request, desk: AtDesk, conversation_id: str, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:
    return _conversation(request, desk, conversation_id, before=before)


@router.get("/conversations/{conversation_id}/live")
def conversation_live(request: Request, desk: AtDesk, conversation_id: str) -> Response:
    return _fragment(request, render(request, "live.html", **_chat(request, desk, conversation_id)))


@router.post("/conversations/{conversation_id}/take")
def take_it(request: Request, desk: Acting, conversation_id: str) -> Response:
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            take(conn, conversation_id=conversation_id, agent=desk.agent, now=services.clock.now())
    except Refused as refused:
        return _conversation(request, desk, conversation_id, status=409, error=refused.detail)
    return _done(request, conversation_id)


@router.post("/conversations/{conversation_id}/give-back")
def give_it_back(request: Request, desk: Acting, conversation_id: str) -> Response:
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            give_back(conn, conversation_id=conversation_id, agent=desk.agent, now=services.clock.now())
    except Refused as refused:
        return _conversation(request, desk, conversation_id, status=409, error=refused.detail)
    return _done(request, conversation_id)


@router.post("/conversations/{conversation_id}/reply")
def send_reply(
    request: Request,
    desk: Acting,
    conversation_id: str,
    text: Annotated[str, Form(max_length=5000)] = "",
    key: Short = "",
) -> Response:
    """A refused text comes back in its field, with the reason above it."""
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            reply(
                conn,
                conversation_id=conversation_id,
                agent=desk.agent,
                text=text,
                key=key or uuid4().hex,
                now=services.clock.now(),
                wording=services.policy.wording,
            )
    except Refused as refused:
        return _conversation(request, desk, conversation_id, status=422, error=refused.detail, draft=text)
    return _done(request, conversation_id)


@router.get("/outreach")
def outreach(request: Request, desk: AtDesk, q: Text = "", state: Text = "", page: PageNumber = 1) -> Response:
    state = state if state in labels.OUTREACH_STATES else ""
    with request.app.state.services.database.reading() as conn:
        found = pages.outreach(conn, state=state, text=q.strip(), number=page)
    services = request.app.state.services
    strategy = services.policy.strategy
    told = {
        name: {one.origin.id: one.label for one in rows}
        for name, rows in (("tiers", strategy.tiers), ("profiles", strategy.profiles), ("risks", strategy.risks))
    }
    told["tiers"][PROMISED] = labels.PROMISED
    told["treatments"] = {one.origin.id: one.origin.source for one in strategy.treatments}
    told["buttons"] = {name: one["title"] for name, one in services.policy.templates.buttons.items()}
    told["products"] = {code: one.name for code, one in services.products.items()}
    return render(request, "outreach.html", desk=desk, found=found, q=q, state=state, **told)


@router.get("/promises")
def promises(request: Request, desk: AtDesk, q: Text = "", state: Text = "", page: PageNumber = 1) -> Response:
    state = state if state in labels.PROMISE_STATES else ""
    with request.app.state.services.database.reading() as conn:
        found = pages.promises(conn, state=state, text=q.strip(), number=page)
    today = business_date(request.app.state.services.clock.now())
    return render(request, "promises.html", desk=desk, found=found, q=q, state=state, today=today)


@elsewhere.get("/{address:path}")
def nothing_here(desk: AtDesk, address: str) -> Response:
    """An address that is mistyped, or that only takes forms and was opened anew."""
    if not address or address.endswith("/"):
        return RedirectResponse(f"{HOME}/{quote(address)}".rstrip("/"), status_code=303)
    raise NotFound("没有这个页面，请返回会话列表，从上方菜单进入。")


def _conversations(request: Request, desk: Desk, q: str, owner: str, channel: str, page: int) -> dict[str, Any]:
    mine = owner == "mine"
    wanted = pages.Wanted(
        text=q.strip(),
        owner=owner if owner in labels.OWNERS else "",
        agent_id=desk.agent.id if mine else "",
        channel=channel if channel in labels.CHANNELS else "",
    )
    with request.app.state.services.database.reading() as conn:
        found = pages.conversations(conn, wanted=wanted, number=page)
        owners = pages.owners(conn)
    chosen = "mine" if mine else wanted.owner
    return {"desk": desk, "found": found, "owners": owners, "q": q, "owner": chosen, "channel": wanted.channel}


def _conversation(
    request: Request,
    desk: Desk,
    conversation_id: str,
    *,
    before: int | None = None,
    status: int = 200,
    error: str = "",
    draft: str = "",
) -> Response:
    context = _chat(request, desk, conversation_id, before=before)
    return render(
        request,
        "conversation.html",
        status=status,
        error=error,
        draft=draft,
        key=uuid4().hex,
        max_characters=LONGEST_TEXT,
        before=before,
        **context,
    )


def _chat(request: Request, desk: Desk, conversation_id: str, *, before: int | None = None) -> dict[str, Any]:
    services = request.app.state.services
    with services.database.reading() as conn:
        today = business_date(services.clock.now())
        dossier = pages.dossier(conn, conversation_id=conversation_id, today=today, policy=services.policy)
        turns, earlier = pages.turns(conn, conversation_id=conversation_id, before=before)
    mine = dossier.head.agent == desk.agent.id
    shown = {"dossier": dossier, "turns": turns, "earlier": earlier, "mine": mine}
    return {"desk": desk, "stop_choices": choices(services.policy), "stop_key": uuid4().hex, **shown}


def _fragment(request: Request, page: Response) -> Response:
    """The fragment, or 304 where the browser has this one already."""
    tag = f'"{hashlib.sha256(page.body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    page.headers["ETag"] = tag
    return page


def _done(request: Request, conversation_id: str) -> Response:
    """Tell the borrower's open page that there is something new, and show the agent the conversation again."""
    request.app.state.services.bell.ring(conversation_id)
    return RedirectResponse(f"{HOME}/conversations/{quote(conversation_id, safe='')}", status_code=303)

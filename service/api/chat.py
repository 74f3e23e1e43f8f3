"""The borrower's side of a conversation over HTTP: say something, read what was said, hear of it as it happens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from service.api.bodies import bounded_body
from service.api.chat_answers import KeptMessage, ShownTurn, StreamEvent, TurnsPage, VisitorToken
from service.api.chat_page import mount_page
from service.api.chat_tokens import EXPIRED, Caller, caller, mint, new_visitor
from service.api.deps import services
from service.api.errors import Problem
from service.api.limits import RateLimit
from service.api.openapi import reads
from service.api.problems import refuses
from service.domain.chat.identity import INAPP
from service.domain.chat.turn import Turn
from service.usecases.chat.receive import Received, receive
from service.usecases.chat.transcript import Page, conversation_of, page

router = APIRouter(prefix="/chat")

MAX_BODY = 32 * 1024  # 5,000 characters and more fit, so that their writer is told what is wrong
VISITOR_LIFETIME = timedelta(minutes=60)
HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0  # finds what other processes kept; this one's bell is quicker
EVENTS_AT_ONCE = 100
EVENTS: dict[int | str, Any] = {
    "description": "A stream of events: `turn` (as in /chat/turns), `typing` and at the token's end `expired`.",
    "content": {"text/event-stream": {"schema": StreamEvent.model_json_schema()}},
}
BAD_MESSAGE = "消息格式不对，请刷新页面后重新发送。"


class Message(BaseModel):
    """A message as the page sends it; `id` is the page's own and marks repetitions."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    text: Annotated[str, Field(max_length=20_000)]
    payload: Annotated[str, Field(max_length=2_000)] | None = None


Known = Annotated[Caller, Depends(caller)]
TurnId = Annotated[int, Query(ge=0, le=2**62)]


@refuses("message_too_large", "invalid_request")
async def message_body(request: Request) -> Message:
    """Raises Problem 413 or 422; nothing of what was sent is repeated in the answer."""
    body = await bounded_body(request, limit=MAX_BODY)
    if body is None:
        raise Problem(413, code="message_too_large", detail="消息太长了，一次最多 500 字，请缩短或分几次发送。")
    try:
        return Message.model_validate_json(body)
    except ValidationError:
        raise Problem(422, code="invalid_request", detail=BAD_MESSAGE) from None


@router.post("/messages", status_code=202, openapi_extra=reads(Message, says="At most 32 KiB."))
@refuses("empty_message", "text_too_long", "too_many_unanswered", "idempotency_key_reused", "conversation_of_another")
def post_message(request: Request, who: Known, message: Annotated[Message, Depends(message_body)]) -> KeptMessage:
    """Keeps a message and answers at once; what is said to it comes with the events."""
    at = services(request)
    with at.database.transaction() as conn:
        received: Received = receive(
            conn,
            channel=INAPP,
            # The page makes its ids up by itself: one borrower's must not hide another's message.
            message_id=f"{who.subject}:{message.id}",
            channel_user_id=who.subject,
            text=message.text,
            payload=message.payload,
            borrower_id=who.borrower_id,
            verified_until=who.expires_at if who.borrower_id else None,
            now=at.clock.now(),
        )
    at.bell.ring(received.conversation_id)
    return KeptMessage(turn_id=received.turn_id, duplicate=received.duplicate, conversation_id=received.conversation_id)


@router.get("/turns")
def get_turns(
    request: Request,
    who: Known,
    after: TurnId = 0,
    before: TurnId = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TurnsPage:
    """What came after turn `after`; without it the newest turns (older than turn `before`), in order."""
    at = services(request)
    with at.database.reading() as conn:
        found = page(
            conn,
            channel=INAPP,
            channel_user_id=who.subject,
            after=after or None,
            before=before or None,
            limit=limit,
            now=at.clock.now(),
        )
    return TurnsPage(
        turns=[turn_shown(turn) for turn in found.turns],
        more=found.more,
        owner=found.owner,
        typing=found.typing,
        visitor=who.borrower_id is None,
        expires_at=who.expires_at,
        now=at.clock.now(),
    )


@router.get("/events", response_class=StreamingResponse, responses={200: EVENTS})
async def get_events(request: Request, who: Known, after: TurnId = 0) -> StreamingResponse:
    """Server-sent events: every turn after `after`, whether an answer is coming, and a heartbeat."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(request, who, after), media_type="text/event-stream", headers=headers)


@router.post("/visitors", status_code=201)
@refuses("too_many_visitors", "unavailable")
def post_visitor(request: Request) -> VisitorToken:
    """A token for somebody who is not logged in: he may ask, and is told nothing of any account."""
    at = services(request)
    limit: RateLimit = request.app.state.chat_visitor_limit
    now = at.clock.now()
    if not limit.allows(request.client.host if request.client else "", at=now.timestamp()):
        raise Problem(429, code="too_many_visitors", detail="操作太频繁了，请一分钟后再试。")
    if not at.settings.app_signing_key:
        raise Problem(503, code="unavailable")
    token = mint(subject=new_visitor(), key=at.settings.app_signing_key, now=now, lifetime=VISITOR_LIFETIME)
    return VisitorToken(token=token, expires_in=int(VISITOR_LIFETIME.total_seconds()))


def install(app: FastAPI) -> None:
    """Serve the conversation and its page. `app.state.services` must be there when the first request comes."""
    app.state.chat_visitor_limit = RateLimit(most=60, seconds=60)
    app.include_router(router)
    mount_page(app)


def turn_shown(turn: Turn) -> ShownTurn:
    return ShownTurn.model_validate(
        {
            "id": turn.id,
            "direction": turn.direction,
            "sender": turn.sender,
            "text": turn.text,
            "buttons": [dict(button) for button in turn.buttons],
            "card": turn.card,
            "state": turn.state,
            "client_id": turn.message_id.rpartition(":")[2] if turn.direction == "in" else None,
            "reply_to": turn.reply_to,
            "created_at": turn.created_at,
        }
    )


async def _events(request: Request, who: Caller, after: int) -> AsyncIterator[str]:
    at = services(request)
    shown: tuple[bool, str] | None = None
    quiet = 0.0
    yield "retry: 2000\n\n"
    conversation_id = conversation_of(INAPP, who.subject)
    with at.bell.listening(conversation_id) as listener:
        while at.clock.now() < who.expires_at:
            found = await run_in_threadpool(_look, request, who, after)
            for turn in found.turns:
                after = turn.id
                yield _event("turn", turn_shown(turn).model_dump(mode="json"), turn.id)
            if shown != (found.typing, found.owner):
                shown = (found.typing, found.owner)
                yield _event("typing", {"typing": found.typing, "owner": found.owner})
            quiet = 0.0 if found.turns else quiet + LOOK_SECONDS
            if quiet >= HEARTBEAT_SECONDS:
                quiet = 0.0
                yield ": still here\n\n"
            if await request.is_disconnected():
                return
            if not found.more:
                await listener.wait(seconds=LOOK_SECONDS)
    yield _event("expired", {"code": "token_expired", "detail": EXPIRED})


def _look(request: Request, who: Caller, after: int) -> Page:
    at = services(request)
    with at.database.reading() as conn:
        return page(
            conn,
            channel=INAPP,
            channel_user_id=who.subject,
            after=after,
            limit=EVENTS_AT_ONCE,
            now=at.clock.now(),
        )


def _event(name: str, data: dict[str, Any], turn_id: int | None = None) -> str:
    head = f"id: {turn_id}\n" if turn_id is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"

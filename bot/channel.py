"""The bot's one door: POST /webhooks/xiaoqing/turn takes a message and answers what is said and understood.

Asking again with the same message id gives the same answer, read from the tracker; nothing runs twice. A turn
whose action failed is answered 503 and leaves no trace, so that asking again is right.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.turn import TurnAbandoned

logger = logging.getLogger(__name__)
LONGEST_ID, LONGEST_TEXT = 200, 4000


class TurnChannel(InputChannel):
    """Answers the service; `token` is what it must present as a bearer."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def name(cls) -> str:
        return "xiaoqing"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> TurnChannel:
        """Raises `RasaException` without a token: an open door is a mistake, not a default."""
        token = str((credentials or {}).get("token") or "")
        if not token:
            raise RasaException("credentials.yml: bot.channel.TurnChannel needs a token (XIAOQING_BOT_TOKEN).")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("xiaoqing_turns")

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return json({"detail": "a bearer token is needed"}, status=401)
            try:
                message = _message(_body(request), channel=self.name())
            except ValueError as wrong:
                return json({"detail": str(wrong)}, status=422)
            return await self._answer(message, request.app.ctx.agent, on_new_message)

        return routes

    def _allowed(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self._token.encode())

    async def _answer(
        self, message: UserMessage, agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> HTTPResponse:
        if agent is None or not agent.is_ready():
            return json({"detail": "no model is loaded"}, status=503)
        store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)  # Rasa wraps ours
        # A second message of the same conversation waits here: Rasa's own lock looks again only every second.
        async with self._locks.setdefault(message.sender_id, asyncio.Lock()):
            try:
                if (events := store.turn(message.sender_id, message.message_id)) is None:
                    await on_new_message(message)
                    events = store.turn(message.sender_id, message.message_id)
            except TurnAbandoned as abandoned:
                return json({"detail": f"abandoned: {abandoned.reason}"}, status=503)
        return json(answer(events or []), ensure_ascii=False)


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json
    except InvalidUsage as wrong:
        raise ValueError("the body is not JSON") from wrong
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    return body


def _message(body: Mapping[str, Any], *, channel: str) -> UserMessage:
    conversation_id = _text(body, "conversation_id", longest=LONGEST_ID)
    message_id = _text(body, "message_id", longest=LONGEST_ID)
    text = _text(body, "text", longest=LONGEST_TEXT)
    context = body.get("context") or {}
    if not isinstance(context, dict):
        raise ValueError("context is not an object")
    return UserMessage(
        text,
        CollectingOutputChannel(),
        conversation_id,
        input_channel=channel,
        message_id=message_id,
        metadata={**context, "message_id": message_id},
    )


def _text(body: Mapping[str, Any], name: str, *, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise ValueError(f"{name} must be a text of 1 to {longest} characters")
    return value


def answer(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a 200, from the events of one turn."""
    heard = events[0] if events else {}
    parsed = heard.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    return {
        "replies": [_reply(event) for event in events if event.get("event") == "bot"],
        "understood": {
            "intent": intent.get("name") or "",
            "confidence": intent.get("confidence") or 0.0,
            "ranking": [{"name": i["name"], "confidence": i["confidence"]} for i in parsed.get("intent_ranking") or []],
            "entities": parsed.get("entities") or [],
        },
    }


def _reply(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data") or {}
    buttons = [{"title": b["title"], "payload": b.get("payload") or b["title"]} for b in data.get("buttons") or []]
    return {"text": event.get("text") or "", "buttons": buttons, "card": data.get("custom") or None}

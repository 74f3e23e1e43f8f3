"""How much of a request's body is read: never more than its limit, whoever sends it."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import problem

LARGEST = 256 * 1024  # no request here needs as much; a route that knows better reads less


async def bounded_body(request: Request, *, limit: int) -> bytes | None:
    """The body, or None where it is larger than `limit` bytes; no more than that is held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


class BoundedBodies:
    """Refuses larger bodies with 413 on every route: forms and JSON are read whole before anybody's token is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("Content-Length", "0")
        if announced.isdecimal() and int(announced[:20]) > LARGEST:
            await problem(413, code="body_too_large")(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)

"""How much of a request's body is read: never more than its limit, whoever sends it."""

from __future__ import annotations

from fastapi import Request


async def bounded_body(request: Request, *, limit: int) -> bytes | None:
    """The body, or None where it is larger than `limit` bytes; no more than that is held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)

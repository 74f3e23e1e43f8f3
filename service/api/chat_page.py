"""Serves the borrower's page: three kinds of static files, under a policy that lets nothing else in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.api.deps import services

FOLDER = Path(__file__).resolve().parent.parent / "chat_page"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class FreshFiles(StaticFiles):
    """Files that a browser asks after each time, so that a new version is never mixed with an old one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"})
        return response


def html(text: str, **more: Any) -> HTMLResponse:
    """A page that is never kept by a browser and may load nothing from elsewhere."""
    return HTMLResponse(text, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"}, **more)


def chat_page(request: Request) -> HTMLResponse:
    """The page; it is told whether there is a demonstration log-in to point to."""
    demo = "yes" if services(request).settings.demo else "no"
    return html((FOLDER / "index.html").read_text(encoding="utf-8").replace('data-demo=""', f'data-demo="{demo}"'))


def mount_page(app: FastAPI) -> None:
    app.add_api_route("/chat", chat_page, methods=["GET"], response_class=HTMLResponse, include_in_schema=False)
    app.mount("/chat/static", FreshFiles(directory=FOLDER / "static"), name="chat-static")

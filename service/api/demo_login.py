"""The demonstration's stand-in for the lender's app: choose one of the made-up borrowers and be logged in as him."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Protocol

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader

from service.api.chat_page import FOLDER, html
from service.api.chat_tokens import mint
from service.api.deps import services
from service.api.errors import Problem
from service.db import loan as ledger

LIFETIME = timedelta(minutes=30)


class CastMember(Protocol):
    """One of the made-up borrowers: `state` names his situation, `note` says what to try with him."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def note(self) -> str: ...


def install(app: FastAPI, *, cast: Sequence[CastMember]) -> None:
    """Serve /demo. Only for demonstrations: whoever can open it can be any of the cast."""
    template = Environment(loader=FileSystemLoader(FOLDER), autoescape=True).get_template("demo.html")
    template.globals["looks"] = _looks
    known = {member.id for member in cast}

    @app.get("/demo", response_class=HTMLResponse, include_in_schema=False)
    def choose(request: Request) -> HTMLResponse:
        return html(template.render(cast=_in_the_ledger(request, cast), minutes=LIFETIME.seconds // 60))

    @app.post("/demo/log-in", include_in_schema=False)
    def log_in(request: Request, borrower_id: Annotated[str, Form(max_length=64)]) -> RedirectResponse:
        at = services(request)
        if borrower_id not in known or not at.settings.app_signing_key:
            raise Problem(404, code="not_found")
        token = mint(subject=borrower_id, key=at.settings.app_signing_key, now=at.clock.now(), lifetime=LIFETIME)
        # In the fragment: it is sent to no server and stands in no log.
        return RedirectResponse(f"/chat#token={token}", status_code=303, headers={"Cache-Control": "no-store"})


def _in_the_ledger(request: Request, cast: Sequence[CastMember]) -> list[CastMember]:
    with services(request).database.reading() as conn:
        return [member for member in cast if ledger.borrower_of(conn, member.id) is not None]


def _looks(member_id: str) -> str:
    """The colour of a situation."""
    if "overdue" in member_id or "disputed" in member_id:
        return "late"
    return "soon" if "due" in member_id or "hardship" in member_id else "fine"

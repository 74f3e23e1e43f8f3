"""Documents as PDF, for another process of ours, and for the borrower himself from his page.

A web view inside an app hands a download over to the app around it, which asks again without the page's token. So
the page asks for an address that carries a ticket: for one document of one borrower, for five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import jwt
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials

from service.api.answers import StatementLink
from service.api.chat_tokens import ALGORITHM, BORROWER_TOKEN, Caller, caller
from service.api.deps import internal, services, verified_borrower
from service.api.errors import Problem
from service.api.limits import RateLimit
from service.api.problems import refuses
from service.documents.render import render
from service.domain.errors import IdentityRequired
from service.domain.loan.statement import TITLES, Statement, StatementKind, code_of
from service.usecases.loan.statement import statement

TICKET_AUDIENCE = "xiaoqing-statement"
TICKET_LIFETIME = timedelta(minutes=5)

LOG_IN = "为了保护您的账户安全，请先登录后再下载。"
TICKET_OVER = "下载地址已过期，请回到对话里重新点击下载。"
TOO_OFTEN = "下载太频繁了，请一分钟后再试。"
NOT_YET = "暂时不能出具文件，请稍后再试，或联系人工客服。"
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The document",
    }
}

# What any document may be refused with.
ANY = ("borrower_unknown", "loan_unknown", "not_settled", "too_many_statements")

router = APIRouter()
LoanId = Annotated[str | None, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document of one borrower; `until` is when the right to it ends."""

    borrower_id: str
    kind: StatementKind
    loan_id: str | None
    until: datetime


@router.get(
    "/loan/conversations/{conversation_id}/statements/{document}.pdf",
    dependencies=[Depends(internal)],
    response_class=Response,
    responses=PDF,
)
@refuses(*ANY, "statement_key_unset")
def get_statement(
    request: Request,
    document: StatementKind,
    borrower_id: Annotated[str, Depends(verified_borrower)],
    loan_id: LoanId = None,
) -> Response:
    """The conversation's borrower's bill, repayment plans or certificate of settlement."""
    return _pdf(request, _statement(request, kind=document, borrower_id=borrower_id, loan_id=loan_id))


@refuses("ticket_invalid", "ticket_expired", "token_invalid", "token_expired", "identity_required")
def wanted(
    request: Request,
    document: StatementKind,
    loan_id: LoanId = None,
    ticket: Annotated[str, Query(max_length=2000)] = "",
    given: Annotated[HTTPAuthorizationCredentials | None, Security(BORROWER_TOKEN)] = None,
) -> Wanted:
    """What the page's token or a ticket gives a right to. Raises Problem 401 or IdentityRequired."""
    if ticket:
        found = _opened(request, ticket)
        if found.kind != document:
            raise Problem(401, code="ticket_invalid", detail=TICKET_OVER)
        return found
    who: Caller = caller(request, given)
    if who.borrower_id is None:
        raise IdentityRequired(LOG_IN)
    return Wanted(who.borrower_id, document, loan_id, who.expires_at)


@router.get("/chat/statements/{document}.pdf", response_class=Response, responses=PDF)
@refuses(*ANY, "statement_key_unset")
def get_own_statement(
    request: Request, one: Annotated[Wanted, Depends(wanted)], view: Annotated[bool, Query()] = False
) -> Response:
    """The borrower's own document, by his token or by a ticket; `view`: to be shown rather than kept."""
    found = _statement(request, kind=one.kind, borrower_id=one.borrower_id, loan_id=one.loan_id)
    return _pdf(request, found, shown=view)


@router.post("/chat/statements/{document}/links", status_code=201)
@refuses(*ANY)
def post_link(request: Request, one: Annotated[Wanted, Depends(wanted)]) -> StatementLink:
    """An address for one document that needs no token, for a few minutes; refusals are told here, in words."""
    at = services(request)
    found = _statement(request, kind=one.kind, borrower_id=one.borrower_id, loan_id=one.loan_id)
    now = at.clock.now()
    until = min(now + TICKET_LIFETIME, one.until)
    claims = {"sub": one.borrower_id, "kind": one.kind, "loan": one.loan_id, "aud": TICKET_AUDIENCE, "exp": until}
    ticket = jwt.encode(claims, at.settings.app_signing_key, algorithm=ALGORITHM)
    return StatementLink(
        url=f"/chat/statements/{one.kind}.pdf?{urlencode({'ticket': ticket})}",
        filename=_filename(found),
        expires_in=int((until - now).total_seconds()),
    )


def install(app: FastAPI) -> None:
    """Serve the documents. `app.state.services` must be there when the first request comes."""
    app.state.statement_limit = RateLimit(most=30, seconds=60)
    app.include_router(router)


def _opened(request: Request, ticket: str) -> Wanted:
    at = services(request)
    try:
        claims = jwt.decode(
            ticket,
            at.settings.app_signing_key or None,
            algorithms=[ALGORITHM],
            audience=TICKET_AUDIENCE,
            # The time is checked below against our own clock, which demonstrations may shift.
            options={"require": ["sub", "exp"], "verify_exp": False},
        )
        found = Wanted(
            str(claims["sub"]), claims["kind"], claims["loan"], datetime.fromtimestamp(claims["exp"], timezone.utc)
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, OSError):
        raise Problem(401, code="ticket_invalid", detail=TICKET_OVER) from None
    if found.until <= at.clock.now():
        raise Problem(401, code="ticket_expired", detail=TICKET_OVER)
    return found


def _statement(request: Request, *, kind: StatementKind, borrower_id: str, loan_id: str | None) -> Statement:
    at = services(request)
    limit: RateLimit = request.app.state.statement_limit
    now = at.clock.now()
    if not limit.allows(borrower_id, at=now.timestamp()):
        raise Problem(429, code="too_many_statements", detail=TOO_OFTEN)
    with at.database.reading() as conn:
        return statement(
            conn,
            kind=kind,
            borrower_id=borrower_id,
            institution=at.policy.templates.institution,
            now=now,
            loan_id=loan_id,
        )


def _pdf(request: Request, found: Statement, *, shown: bool = False) -> Response:
    key = services(request).settings.statement_key
    if not key:
        raise Problem(503, code="statement_key_unset", detail=NOT_YET)
    name = quote(_filename(found))
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename=\"{found.head.number}.pdf\"; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    }
    return Response(render(found, code=code_of(found, key=key)), media_type="application/pdf", headers=headers)


def _filename(found: Statement) -> str:
    return f"{TITLES[found.head.kind]}-{found.head.number}.pdf"

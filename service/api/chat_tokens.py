"""The tokens by which the borrower's page proves who is writing: signed by the lender's app, short-lived."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

import jwt
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api.deps import services
from service.api.errors import Problem
from service.api.problems import refuses
from service.db import loan as ledger

AUDIENCE = "xiaoqing-chat"
ALGORITHM = "HS256"
LONGEST = timedelta(hours=1)
CLOCK_SKEW = timedelta(seconds=60)
VISITOR = "visitor:"
LONGEST_SUBJECT = 64

BORROWER_TOKEN = HTTPBearer(
    scheme_name="borrower_token",
    bearerFormat="JWT",
    description="The token that the lender's app signs for a borrower, or that POST /chat/visitors gives.",
    auto_error=False,
)
EXPIRED = "登录已过期，为了保护您的账户安全，请返回 App 重新进入。您之前的消息都已保存。"
INVALID = "登录信息无效，请返回 App 重新登录后再试。"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a token, until when. `borrower_id` is None for a visitor, of whom nothing is known."""

    subject: str
    borrower_id: str | None
    expires_at: datetime


def mint(*, subject: str, key: str, now: datetime, lifetime: timedelta) -> str:
    """A token as the lender's app would sign it; `subject` is a borrower's id or comes from `new_visitor`."""
    claims = {"sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def new_visitor() -> str:
    return VISITOR + secrets.token_urlsafe(16)


def read(token: str, *, key: str, now: datetime) -> Caller:
    """Raises Problem 401: token_expired, or token_invalid for everything else that is wrong with it."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            # Times are checked below against our own clock, which demonstrations may shift.
            options={"require": ["sub", "exp", "iat"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        caller, issued_at = _caller(claims), _instant(claims["iat"])
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
        raise Problem(401, code="token_invalid", detail=INVALID) from None
    if issued_at > now + CLOCK_SKEW or caller.expires_at - issued_at > LONGEST:
        raise Problem(401, code="token_invalid", detail=INVALID)
    if caller.expires_at <= now:
        raise Problem(401, code="token_expired", detail=EXPIRED)
    return caller


@refuses("token_invalid", "token_expired")
def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(BORROWER_TOKEN)] = None
) -> Caller:
    """The holder of the request's token. An unset signing key opens nothing; a borrower must be in the ledger."""
    at = services(request)
    if given is None or not at.settings.app_signing_key:
        raise Problem(401, code="token_invalid", detail=INVALID)
    found = read(given.credentials.strip(), key=at.settings.app_signing_key, now=at.clock.now())
    if found.borrower_id is not None:
        with at.database.reading() as conn:
            if ledger.borrower_of(conn, found.borrower_id) is None:
                raise Problem(401, code="token_invalid", detail=INVALID)
    return found


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise ValueError("no subject")
    borrower_id = None if subject.startswith(VISITOR) else subject
    return Caller(subject=subject, borrower_id=borrower_id, expires_at=_instant(claims["exp"]))


def _instant(seconds: Any) -> datetime:
    return datetime.fromtimestamp(float(seconds), timezone.utc)

"""What routes ask for: the wired parts, proof that another process of ours is calling, and whose conversation it is."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api.errors import Problem
from service.api.problems import refuses
from service.domain.errors import IdentityRequired
from service.usecases.chat import identity

if TYPE_CHECKING:
    from service.wiring import Services

SERVICE_TOKEN = HTTPBearer(
    scheme_name="service_token", description="The token that the lender's own processes share.", auto_error=False
)


def services(request: Request) -> Services:
    """The parts that `wiring` put together for this application."""
    found: Services = request.app.state.services
    return found


@refuses("service_token_invalid")
async def internal(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(SERVICE_TOKEN)] = None
) -> None:
    """Only a process that knows the service token may call. Raises Problem 401; an unset token opens nothing.

    Asks nobody, and so needs no thread of its own.
    """
    expected = services(request).settings.service_token
    if not expected or given is None or not hmac.compare_digest(given.credentials.encode(), expected.encode()):
        raise Problem(401, code="service_token_invalid")


@refuses("identity_required")
def verified_borrower(request: Request, conversation_id: Annotated[str, Path(max_length=64)]) -> str:
    """The borrower whose identity this conversation has proved, decided here and never by the caller.

    Raises IdentityRequired, with the same words whether or not the conversation or an account exists.
    """
    at = services(request)
    with at.database.reading() as conn:
        borrower_id = identity.verified_borrower(conn, conversation_id=conversation_id, now=at.clock.now())
    if borrower_id is None:
        raise IdentityRequired("为了保护您的账户安全，请先登录后再查询。")
    return borrower_id

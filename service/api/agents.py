"""Who may look after the ledger over HTTP: agents, by tokens of their own. No other token opens these doors."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api.deps import services
from service.api.errors import Problem
from service.api.problems import refuses
from service.domain.desk.agent_token import AgentToken
from service.usecases.desk.recognise_token import recognise_token

AGENT_TOKEN = HTTPBearer(
    scheme_name="agent_token",
    description="An agent's own token, as `xiaoqing token issue` showed it once; a viewer reads, an operator changes.",
    auto_error=False,
)


@refuses("agent_token_invalid")
def viewer(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(AGENT_TOKEN)] = None
) -> AgentToken:
    """Any agent whose token counts. Raises Problem 401."""
    at = services(request)
    found = None
    if given is not None:
        with at.database.reading() as conn:
            found = recognise_token(conn, token=given.credentials, now=at.clock.now())
    if found is None:
        raise Problem(401, code="agent_token_invalid")
    return found


@refuses("role_not_allowed")
def operator(agent: Annotated[AgentToken, Depends(viewer)]) -> AgentToken:
    """An agent who may change what is owed. Raises Problem 403."""
    if not agent.may_change:
        raise Problem(403, code="role_not_allowed")
    return agent


Viewer = Annotated[AgentToken, Depends(viewer)]
Operator = Annotated[AgentToken, Depends(operator)]

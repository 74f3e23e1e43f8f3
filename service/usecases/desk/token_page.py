"""What the page of the operators' tokens shows: every token that was issued, never itself, and who may be given one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.db import desk, desk_token
from service.domain.desk.agent_token import AgentToken


@dataclass(frozen=True, slots=True)
class Tokens:
    """The newest first; `agents` by name."""

    tokens: tuple[AgentToken, ...]
    agents: tuple[str, ...]


def tokens_and_agents(conn: Connection) -> Tokens:
    return Tokens(desk_token.every_token(conn), desk.agent_names(conn))

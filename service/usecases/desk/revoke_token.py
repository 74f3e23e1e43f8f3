"""Ends a token, or all of an agent's, from this moment on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import desk, desk_token
from service.domain.errors import NotFound


def revoke_token(conn: Connection, *, token_id: str, now: datetime) -> None:
    """One that has ended stays as it is. Raises NotFound (token_unknown)."""
    if not desk_token.exists(conn, token_id):
        raise NotFound("没有这个令牌编号，请用 xiaoqing token list 查看。", code="token_unknown")
    desk_token.revoke(conn, token_id=token_id, now=now)


def revoke_all_tokens(conn: Connection, *, name: str, now: datetime) -> int:
    """Returns how many counted until now. Raises NotFound (agent_unknown)."""
    found = desk.agent_named(conn, name)
    if found is None:
        raise NotFound("没有这位坐席，请先用 xiaoqing agent 添加。", code="agent_unknown")
    return desk_token.revoke(conn, agent_id=found[0].id, now=now)

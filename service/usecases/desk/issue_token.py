"""Gives an agent a token for the operators' API: it is shown this once, and only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import desk, desk_token
from service.domain.desk.agent_token import LONGEST, AgentToken, TokenRole
from service.domain.errors import NotFound, Refused

PREFIX = "xqa_"  # so that a leaked one is recognised by whoever looks for leaks


def issue_token(
    conn: Connection, *, name: str, role: TokenRole, lasts: timedelta, now: datetime, key: str = ""
) -> tuple[str, AgentToken]:
    """The token, and what is kept of it. With a `key` the same wish sent twice makes one token, though it cannot be
    shown again. Raises NotFound (agent_unknown), Refused (token_lifetime, token_issued_before)."""
    if not timedelta(0) < lasts <= LONGEST:
        raise Refused(f"令牌的有效期要在 1 到 {LONGEST.days} 天之间。", code="token_lifetime")
    found = desk.agent_named(conn, name)
    if found is None:
        raise NotFound("没有这位坐席，请先用 xiaoqing agent 添加。", code="agent_unknown")
    token_id = f"token-{token_hash(key)[:16] if key else secrets.token_hex(8)}"
    if desk_token.exists(conn, token_id):
        raise Refused(
            "这次申请已经签发过令牌，令牌只显示一次。没有保存的话，请撤销后重新签发。", code="token_issued_before"
        )
    token = PREFIX + secrets.token_urlsafe(32)
    agent = found[0]
    made = AgentToken(token_id, agent.id, agent.name, role, now, now + lasts)
    desk_token.add(conn, made, token_hash=token_hash(token))
    return token, made


def token_hash(token: str) -> str:
    """SHA-256 in hex. A token is 256 random bits, so that nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

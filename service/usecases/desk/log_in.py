"""Tells an agent by name and password, and whether an earlier log-in of his still counts."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import desk
from service.domain.desk.handover import Agent
from service.domain.errors import Refused
from service.usecases.desk.passwords import NOBODY, is_password

WRONG = "账号或密码不正确，请核对后重试；忘记密码请联系管理员重置。"


def log_in(conn: Connection, *, name: str, password: str) -> Agent:
    """The agent. Raises Refused(wrong_credentials), in the same words and time for a wrong name."""
    found = desk.agent_named(conn, name)
    kept = found[1] if found else NOBODY
    if not is_password(password, kept) or found is None:
        raise Refused(WRONG, code="wrong_credentials")
    return found[0]


def still_logged_in(conn: Connection, *, agent_id: str, generation: int) -> Agent | None:
    """The agent, unless he is gone or has logged out or changed his password since."""
    agent = desk.agent_with_id(conn, agent_id)
    return agent if agent is not None and agent.generation == generation else None


def log_out(conn: Connection, *, agent_id: str) -> None:
    """End every log-in of this agent, on every machine."""
    desk.end_log_ins(conn, agent_id)

"""The people of the desk's tests: agents, one borrower in the app, and one stranger in WeChat."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from service.db.tables.loan import borrower
from service.domain.desk.handover import Agent
from service.usecases.chat.receive import receive
from service.usecases.desk.ensure_agent import ensure_agent

PASSWORD = "only-for-tests-1"
NAME, PHONE = "周谷雨", "19900001234"


def agent(conn: Connection, *, name: str = "苏禾", now: datetime) -> Agent:
    return ensure_agent(conn, agent_id=f"agent-{name}", name=name, password=PASSWORD, now=now)


def known(conn: Connection, text: str, *, message_id: str = "m1", number: int = 1, now: datetime) -> str:
    """A borrower of the ledger writes, logged in; returns the conversation's id."""
    borrower_id = f"b{number}"
    if conn.execute(borrower.select().where(borrower.c.id == borrower_id)).one_or_none() is None:
        values = {"id": borrower_id, "name": NAME, "phone": PHONE, "created_at": now}
        conn.execute(insert(borrower).values(**values))
    received = receive(
        conn,
        channel="inapp",
        message_id=f"{borrower_id}:{message_id}",
        channel_user_id=borrower_id,
        text=text,
        borrower_id=borrower_id,
        verified_until=now + timedelta(minutes=30),
        now=now,
    )
    return received.conversation_id


def stranger(conn: Connection, text: str, *, message_id: str = "w1", now: datetime) -> str:
    """Somebody who has not proved who he is writes in WeChat."""
    return receive(
        conn, channel="wechat", message_id=message_id, channel_user_id="openid-1", text=text, now=now
    ).conversation_id

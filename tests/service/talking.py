"""A borrower of the ledger who talks: what the tests of conversations share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from service.channels.memory_chat import MemoryUnderstander
from service.db.engine import Database
from service.db.tables.chat import turn
from service.usecases.chat.answer import answer_next
from service.usecases.chat.receive import Received, receive
from service.usecases.loan.register_borrower import register_borrower
from service.usecases.ports import FrozenClock

BORROWER = "demo-overdue-5"


def register(database: Database, clock: FrozenClock, *, borrower_id: str = BORROWER) -> None:
    with database.transaction() as conn:
        register_borrower(conn, borrower_id=borrower_id, name="周谷雨", phone="19900000005", now=clock.now())


def write(
    database: Database, clock: FrozenClock, text: str, *, message_id: str, payload: str | None = None, **more: Any
) -> Received:
    """The logged-in borrower writes in the app."""
    who = {"channel": "inapp", "channel_user_id": BORROWER, "borrower_id": BORROWER}
    proved = {"verified_until": clock.now() + timedelta(minutes=30)}
    with database.transaction() as conn:
        return receive(
            conn, message_id=message_id, text=text, payload=payload, now=clock.now(), **{**who, **proved, **more}
        )


def turns(database: Database, **where: Any) -> list[Any]:
    """The rows of the turns that match, in order."""
    wanted = [turn.c[name] == value for name, value in where.items()]
    with database.reading() as conn:
        return list(conn.execute(select(turn).where(*wanted).order_by(turn.c.id)))


def answer(database: Database, clock: FrozenClock, bot: MemoryUnderstander, **more: Any) -> bool:
    return answer_next(database, clock=clock, understander=bot, worker_id="w1", **more)

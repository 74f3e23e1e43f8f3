"""Turns as the bot leaves them, for the tests of what is learnt from use."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select, update

from service.db import chat
from service.db.tables.chat import turn
from service.usecases.ports import FrozenClock
from tests.service.desk_cast import known

ASKED = ({"title": "确认", "payload": "/affirm"}, {"title": "取消", "payload": "/cancel"})
Buttons = tuple[dict[str, str], ...]


def heard(
    conn: Connection,
    text: str,
    intent: str,
    *,
    clock: FrozenClock,
    sure: float = 0.9,
    guesses: tuple[tuple[str, float], ...] = (),
    payload: str | None = None,
    reply: str = "好的。",
    buttons: Buttons = (),
    number: int = 1,
) -> int:
    """A borrower writes, the bot reads `intent` and answers `reply`; a minute passes. Returns the turn's id."""
    now = clock.now()
    count = len(conn.execute(select(turn.c.id)).all())
    cid = known(conn, text, message_id=f"m{count}", number=number, now=now)
    (said,) = chat.turns_before(conn, cid, before=None, limit=1)
    ranking = [{"name": name, "confidence": share} for name, share in ((intent, sure), *guesses)]
    understood = {"intent": intent, "confidence": sure, "ranking": ranking, "payload": payload, "state": "answered"}
    conn.execute(update(turn).where(turn.c.id == said.id).values(**understood))
    chat.add_turn(
        conn, conversation_id=cid, direction="out", sender="bot", channel="inapp", message_id=f"r{count}",
        text=reply, buttons=list(buttons), state="delivered", reply_to=said.id, now=now,
    )  # fmt: skip
    clock.instant += timedelta(minutes=1)
    return said.id


def fell_back(conn: Connection, text: str, *, clock: FrozenClock, number: int = 1) -> int:
    guesses = (("query_bill", 0.31), ("repay_now", 0.22))
    return heard(conn, text, "nlu_fallback", sure=0.69, guesses=guesses, clock=clock, number=number)

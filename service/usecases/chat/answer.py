"""Answers the next message that waits: takes it, asks the bot outside of any transaction, keeps the replies."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from service.db import chat, chat_queue
from service.db.chat_queue import Job
from service.db.engine import Database
from service.domain.chat.delivery import LEASE, SEND_ATTEMPTS, Late, lateness, next_try
from service.domain.chat.turn import ASK_FOR_PERSON, for_bot, wants_person
from service.domain.days import business_date, local_time
from service.domain.errors import Unavailable
from service.usecases.chat.identity import verified_borrower
from service.usecases.chat.say import say
from service.usecases.ports import Clock, Understander, Understanding

log = logging.getLogger("xiaoqing.chat")

LOOK_AHEAD = 8  # candidates, so that losing one to another worker is no reason to sleep
LATE = "您的消息已收到。系统正在恢复中，恢复后小清会马上回复您，无需重复发送；如果着急，可以转人工客服。"
LOST = "很抱歉，这条消息暂时没能处理成功。请稍后再发送一次，或转人工客服为您处理。"


class HandOver(Protocol):
    """How a conversation gets in the queue for a person; asking again changes nothing. Returns what the borrower
    is told."""

    def __call__(self, conn: Connection, *, conversation_id: str, reason: str, now: datetime) -> str: ...


def answer_next(
    database: Database,
    *,
    clock: Clock,
    understander: Understander,
    worker_id: str,
    hand_over: HandOver | None = None,
    kept: Callable[[str], None] = lambda conversation_id: None,
) -> bool:
    """Answer one message; False where none waits that may be taken now.

    A conversation's messages are answered one by one in their order. `kept` is told each conversation in which
    something new is to be read, after the commit. A bot that does not answer is asked again, with the same
    message id, by whichever worker comes first when the time has come; whoever asks for a person meanwhile gets
    one by `hand_over`, without the bot.
    """
    job = _take(database, now=clock.now(), worker_id=worker_id)
    if job is None:
        return False
    try:
        _answer(database, job, clock=clock, understander=understander)
    except Exception as failure:  # whatever it is, it must not hold up the conversation for ever
        reason = str(failure)
        if not isinstance(failure, Unavailable):
            log.exception("turn %d could not be answered", job.turn_id)
            reason = type(failure).__name__  # its words may repeat what was said
        with database.transaction() as conn:
            now = clock.now()
            _try_later(conn, job, failure=reason, now=now)
            if hand_over is not None:
                _give_persons(conn, job, hand_over=hand_over, now=now)
    kept(job.conversation_id)
    return True


def release_claims(conn: Connection, *, now: datetime) -> int:
    """At the start of the service: what was being answered when it ended is answered again, and what was being
    sent is sent again, but for outreach. Returns how many."""
    return chat_queue.release_all(conn, now=now) + chat_queue.release_sending(conn, most=SEND_ATTEMPTS, now=now)


def _take(database: Database, *, now: datetime, worker_id: str) -> Job | None:
    """The look takes no write lock: idle workers disturb nobody."""
    with database.reading() as conn:
        waiting = chat_queue.to_answer(conn, now=now, lease_ends=now - LEASE, limit=LOOK_AHEAD)
    for job in waiting:
        with database.transaction() as conn:
            taken = chat_queue.claim_to_answer(conn, job, by=worker_id, now=now)
        if taken:
            return replace(job, state="claimed", attempts=job.attempts + 1)
    return None


def _answer(database: Database, job: Job, *, clock: Clock, understander: Understander) -> None:
    with database.reading() as conn:
        at_desk = _is_with_an_agent(conn, job)
        context = _context(conn, job, now=clock.now())
    if at_desk:
        with database.transaction() as conn:
            chat_queue.finish_answer(conn, job, state="answered")
        return
    understanding = understander.understand(
        conversation_id=job.conversation_id,
        message_id=job.message_id,
        text=for_bot(job.text, job.payload),
        context=context,
    )
    with database.transaction() as conn:
        _keep(conn, job, understanding, now=clock.now())


def _is_with_an_agent(conn: Connection, job: Job) -> bool:
    found = chat.conversation_of(conn, job.conversation_id)
    return found is not None and found.owner == "agent"


def _context(conn: Connection, job: Job, *, now: datetime) -> Mapping[str, Any]:
    outreach = chat.last_outreach(conn, job.conversation_id)
    return {
        "today": business_date(now).isoformat(),
        "now": local_time(now).isoformat(),
        "verified": verified_borrower(conn, conversation_id=job.conversation_id, now=now) is not None,
        "channel": job.channel,
        "last_outreach": {"template": outreach[0], "sent_at": outreach[1].isoformat()} if outreach else None,
    }


def _keep(conn: Connection, job: Job, understanding: Understanding, *, now: datetime) -> None:
    """Keep what was understood, and the replies, unless an agent has taken the conversation meanwhile.

    The bot does not speak over a person: what its actions did is told elsewhere (a payment by its receipt) and is
    to be seen at the desk (a promise, a pause), where somebody is reading.
    """
    talk = chat.locked_conversation(conn, job.conversation_id)  # first, as everywhere: then the turn
    understood = {
        "intent": understanding.intent,
        "confidence": understanding.confidence,
        "ranking": [dict(guess) for guess in understanding.ranking],
        "entities": [dict(entity) for entity in understanding.entities],
    }
    if not chat_queue.finish_answer(conn, job, state="answered", failure="", **understood):
        return  # the lease ran out and another worker has it; the bot gives it the same replies
    if talk is not None and talk.owner == "agent":
        return
    for number, reply in enumerate(understanding.replies, start=1):
        say(
            conn,
            conversation_id=job.conversation_id,
            message_id=f"{job.message_id}#r{number}",
            text=reply.text,
            buttons=reply.buttons,
            card=reply.card,
            sender="bot",
            reply_to=job.turn_id,
            now=now,
        )


def _try_later(conn: Connection, job: Job, *, failure: str, now: datetime) -> None:
    chat.locked_conversation(conn, job.conversation_id)
    late = lateness(received_at=job.created_at, now=now)
    state = "failed" if late is Late.GIVE_UP else "received"
    again = next_try(received_at=job.created_at, attempts=job.attempts, now=now)
    if not chat_queue.finish_answer(conn, job, state=state, next_attempt_at=again, failure=failure[:300]):
        return
    if late is Late.TELL:
        _tell_once(conn, job, mark="#late", text=LATE, now=now)
    elif late is Late.GIVE_UP:
        _tell_once(conn, job, mark="#lost", text=LOST, now=now)


def _give_persons(conn: Connection, job: Job, *, hand_over: HandOver, now: datetime) -> None:
    """The way to a person must not lead through a bot that is down."""
    for waiting in chat_queue.waiting_in(conn, job.conversation_id):
        if wants_person(waiting.text, waiting.payload) and chat_queue.finish_answer(conn, waiting, state="answered"):
            told = hand_over(conn, conversation_id=job.conversation_id, reason="bot_unavailable", now=now)
            say(
                conn,
                conversation_id=job.conversation_id,
                message_id=f"{waiting.message_id}#person",
                text=told,
                sender="system",
                reply_to=waiting.turn_id,
                now=now,
            )


def _tell_once(conn: Connection, job: Job, *, mark: str, text: str, now: datetime) -> None:
    """Once a message, and not again for the messages behind it that wait for the same reason."""
    last = chat.last_out(conn, job.conversation_id)
    if last is None or not last.message_id.endswith(mark):
        say(
            conn,
            conversation_id=job.conversation_id,
            message_id=f"{job.message_id}{mark}",
            text=text,
            buttons=(ASK_FOR_PERSON,),
            sender="system",
            now=now,
        )

"""Sends the next message that its channel has to be handed; an outreach that may have arrived is never repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from service.db import chat_queue
from service.db.chat_queue import Job
from service.db.engine import Database
from service.domain.chat.delivery import SendFailed, after_failure, backoff
from service.usecases.ports import Clock

BUSY = timedelta(seconds=60)  # a message on its way holds back the next ones, for so long at most
LOOK_AHEAD = 8


class TurnSender(Protocol):
    """A channel that has to be handed its messages."""

    def send(self, *, channel_user_id: str, text: str, buttons: Sequence[Mapping[str, str]] = ()) -> None:
        """Raises `SendFailed`."""


def deliver_next(database: Database, *, clock: Clock, senders: Mapping[str, TurnSender]) -> bool:
    """Send one message; False where none is to be sent. `senders` by the name of their channel.

    A message is marked `unknown` before it is sent and `delivered` or `failed` after; a crash in between leaves
    it `unknown` until the next start, where an answer is sent again (`release_claims`); an outreach stays so.
    """
    now = clock.now()
    job = _take(database, now=now, senders=senders)
    if job is None:
        return False
    try:
        senders[job.channel].send(channel_user_id=job.channel_user_id, text=job.text, buttons=job.buttons)
    except SendFailed as failure:
        _note_failure(database, job, failure, now=clock.now())
    else:
        with database.transaction() as conn:
            chat_queue.finish_sending(conn, job, state="delivered", delivered_at=clock.now(), failure="")
    return True


def _take(database: Database, *, now: datetime, senders: Mapping[str, TurnSender]) -> Job | None:
    with database.reading() as conn:
        waiting = chat_queue.to_send(conn, channels=tuple(senders), now=now, busy_since=now - BUSY, limit=LOOK_AHEAD)
    for job in waiting:
        with database.transaction() as conn:
            taken = chat_queue.claim_to_send(conn, job, now=now)
        if taken:
            return replace(job, state="unknown", attempts=job.attempts + 1)
    return None


def _note_failure(database: Database, job: Job, failure: SendFailed, *, now: datetime) -> None:
    state = after_failure(sender=job.sender, attempts=job.attempts, permanent=failure.permanent)
    again = now + backoff(job.attempts)
    with database.transaction() as conn:
        chat_queue.finish_sending(conn, job, state=state, next_attempt_at=again, failure=failure.detail[:300])

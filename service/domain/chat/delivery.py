"""How long a message may wait for its answer or its delivery, and what is tried again when."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from service.domain.chat.identity import INAPP
from service.domain.errors import XiaoqingError

LEASE = timedelta(seconds=60)  # well above the longest wait for the bot
PATIENCE = timedelta(seconds=20)  # then the borrower is told that an answer is late
GIVE_UP = timedelta(minutes=10)
LONGEST_BACKOFF = timedelta(seconds=15)
SEND_ATTEMPTS = 5
FETCHED = frozenset({INAPP})  # the borrower's page comes for its turns itself


class SendFailed(XiaoqingError):
    """A channel did not take a message. `permanent`: it never will, whoever tries again."""

    code = "send_failed"

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Late(Enum):
    """What an answer that is late calls for."""

    NOTHING = "nothing"
    TELL = "tell"
    GIVE_UP = "give_up"


def backoff(attempts: int) -> timedelta:
    """1, 2, 4, 8 and then every 15 seconds."""
    return min(timedelta(seconds=2 ** min(max(attempts, 1) - 1, 10)), LONGEST_BACKOFF)


def next_try(*, received_at: datetime, attempts: int, now: datetime) -> datetime:
    """When to ask again; never past the moment at which the borrower has to be told that it takes longer."""
    telling = received_at + PATIENCE
    again = now + backoff(attempts)
    return min(again, telling) if now < telling else again


def lateness(*, received_at: datetime, now: datetime) -> Late:
    waited = now - received_at
    if waited >= GIVE_UP:
        return Late.GIVE_UP
    return Late.TELL if waited >= PATIENCE else Late.NOTHING


def first_state(channel: str) -> str:
    """Out turns are delivered by being kept where the borrower fetches them; elsewhere they wait to be sent."""
    return "delivered" if channel in FETCHED else "pending"


def after_failure(*, sender: str, attempts: int, permanent: bool) -> str:
    """The state of an out turn that its channel did not take.

    Only an answer may be tried again: after a network failure nobody knows whether the message arrived, and a
    second collection message is worse than a missing one.
    """
    if permanent:
        return "failed"
    if sender == "outreach":
        return "unknown"
    return "pending" if attempts < SEND_ATTEMPTS else "failed"

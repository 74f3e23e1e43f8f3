"""Answers borrowers and sends what channels have to be handed, in threads, for as long as the service runs."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from service.db.engine import Database
from service.domain.errors import Unavailable
from service.usecases.chat.answer import HandOver, answer_next, release_claims
from service.usecases.chat.bell import Bell
from service.usecases.chat.deliver import TurnSender, deliver_next
from service.usecases.ports import Clock, Understander

log = logging.getLogger("xiaoqing.worker")

POLL_SECONDS = 0.5  # finds what no bell told of: other processes' messages, and those to be tried again
AFTER_ERROR_SECONDS = 1.0
SENDING_THREADS = 2  # apart from the answering ones, so that a slow bot keeps nobody's answer from being sent


class Worker:
    """`threads` threads answer, two more send. `start` and `stop` once each; what is cut off is done again."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        understander: Understander,
        bell: Bell,
        senders: Mapping[str, TurnSender] | None = None,
        hand_over: HandOver | None = None,
        threads: int = 4,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        for number in range(threads):
            name = f"answer-{os.getpid()}-{number}"
            step = partial(
                answer_next,
                database,
                clock=clock,
                understander=understander,
                worker_id=name,
                hand_over=hand_over,
                kept=bell.ring,
            )
            self._add(name, step)
        for number in range(SENDING_THREADS if senders else 0):
            step = partial(deliver_next, database, clock=clock, senders=dict(senders or {}))
            self._add(f"send-{os.getpid()}-{number}", step)

    def start(self) -> None:
        """First what was cut off when the service ended the last time, then everything that comes."""
        with self._database.transaction() as conn:
            released = release_claims(conn, now=self._clock.now())
        if released:
            log.warning("%d messages were being answered or sent when the service ended; doing it again", released)
        for thread in self._threads:
            thread.start()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Finish the turns at hand, for at most `seconds`; the rest is answered at the next start."""
        self._ending.set()
        self._bell.ring()
        until = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=max(0.0, until - time.monotonic()))

    def _add(self, name: str, step: Callable[[], bool]) -> None:
        self._threads.append(threading.Thread(target=self._loop, args=(step,), name=name, daemon=True))

    def _loop(self, step: Callable[[], bool]) -> None:
        while not self._ending.is_set():
            rings = self._bell.rings
            try:
                while not self._ending.is_set() and step():
                    pass
            except Unavailable as down:  # says itself what is wrong; once a second is enough of it
                log.error("%s", down)
                self._ending.wait(AFTER_ERROR_SECONDS)
            except Exception:
                log.exception("a step failed; its message is taken again when its lease runs out")
                self._ending.wait(AFTER_ERROR_SECONDS)
            self._bell.wait(rings, seconds=POLL_SECONDS)

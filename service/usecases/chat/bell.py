"""Tells workers and open pages at once that something new was kept; without it they would find it a little later."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Bell:
    """Rung with a conversation's id after a commit. Threads wait for any ring, coroutines for a conversation's."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._rings = 0
        self._listeners: defaultdict[str, set[_Listener]] = defaultdict(set)

    @property
    def rings(self) -> int:
        """How often it has been rung; taken before looking for work, it makes `wait` miss nothing."""
        return self._rings

    def ring(self, conversation_id: str = "") -> None:
        with self._changed:
            self._rings += 1
            self._changed.notify_all()
            listeners = tuple(self._listeners.get(conversation_id, ()))
        for listener in listeners:
            listener.tell()

    def wait(self, seen: int, *, seconds: float) -> None:
        """Return when it was rung since `seen`, at the latest after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings != seen, timeout=seconds)

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[_Listener]:
        """For the running event loop: an ear for one conversation."""
        listener = _Listener(asyncio.get_running_loop())
        with self._changed:
            self._listeners[conversation_id].add(listener)
        try:
            yield listener
        finally:
            with self._changed:
                self._listeners[conversation_id].discard(listener)
                if not self._listeners[conversation_id]:
                    del self._listeners[conversation_id]


class _Listener:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rung = asyncio.Event()

    def tell(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, *, seconds: float) -> None:
        """Return when the bell was rung since the last wait, at the latest after `seconds`."""
        try:
            await asyncio.wait_for(self._rung.wait(), timeout=seconds)
        except TimeoutError:
            return
        finally:
            self._rung.clear()

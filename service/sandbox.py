"""What stands in for a gateway is made of this: a small SQLite file of its own, and a thread that takes its steps."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

IDLE_SECONDS = 1.0


@contextmanager
def sqlite_file(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction in it; rows are read by the names of their columns."""
    connection = sqlite3.connect(path, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            yield connection
    finally:
        connection.close()


class Steps:
    """`take` is called again and again until `stop()`; it says after how many seconds there is more to do, None where
    it does not know. `wake()`: there is something now."""

    def __init__(self, take: Callable[[], float | None], *, name: str) -> None:
        self._take, self._name = take, name
        self._wake, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def wake(self) -> None:
        self._wake.set()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def _run(self) -> None:
        while not self.ended:
            self._wake.clear()
            try:
                pause = self._take()
            except sqlite3.OperationalError:  # busy: the next round finds the same rows
                pause = None
            self._wake.wait(IDLE_SECONDS if pause is None else min(max(pause, 0.0), IDLE_SECONDS))

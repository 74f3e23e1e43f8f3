"""Real HTTP for tests: an app behind uvicorn on a free loopback port, and waiting for something to become true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import uvicorn

from tests.ports import free_port

Found = TypeVar("Found")


@contextmanager
def serving(app: Any, *, port: int | None = None, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """The app's address while it listens. What it starts and stops by itself is started only with `lifespan` on."""
    at = port or free_port()
    # ws: the websockets release that Rasa holds down is too old for uvicorn, and nothing here needs it
    config = uvicorn.Config(app, host="127.0.0.1", port=at, log_level="error", lifespan=lifespan, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{at}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def eventually(look: Callable[[], Found], *, seconds: float = 10.0) -> Found:
    """What `look` gives as soon as it is true; fails where it never is."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.02)
    return found

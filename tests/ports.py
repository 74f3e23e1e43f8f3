"""Ports of this machine for servers of a test that listen later."""

from __future__ import annotations

import socket
from collections import deque

MOST = 100  # held at once: whoever wanted an older one listens on it by now, or has ended
_held: deque[socket.socket] = deque()


def free_port() -> int:
    """One that the kernel gives to nobody else meanwhile: a bot takes seconds until it listens, and other tests ask for
    ports at the same time. Who listens with SO_REUSEADDR, as all servers here do, may have it; nobody answers on it
    before.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    if len(_held) == MOST:
        _held.popleft().close()
    _held.append(holder)
    return int(holder.getsockname()[1])

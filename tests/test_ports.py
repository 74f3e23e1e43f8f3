"""A port that a test chose for a server that is still starting is the server's."""

from __future__ import annotations

import socket

import pytest

from tests.ports import free_port


def test_nobody_else_gets_it_and_nobody_answers_on_it_before_its_server_does() -> None:
    port = free_port()
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        pass
